// The rules of users: what an address and a name may be, that an address is taken once, and how a user is found.

import { AppError, invalidField } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { suggestion } from '../core/nearest.ts';
import { quoted } from '../core/one-line.ts';
import { isUniqueViolation, type Connection } from '../storage/query.ts';
import { findUserByEmail, findUserByPublicId, insertUser, type User } from './accounts-store.ts';
import { parseLabel } from './label.ts';
import { defaultPlan, planNames, type Plan } from './plans.ts';

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly plan: Plan;
}

// RFC 5321: 64 octets before the @, 254 in all.
const maxLocalBytes = 64;
const maxEmailBytes = 254;
const localPart = /^[^\s@<>()[\],;:\\"\p{C}]+$/u;
// One label is enough: admin@localhost is the first user of every server.
const domainPart =
  /^[\p{L}\p{N}]([\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?(\.[\p{L}\p{N}]([\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?)*$/u;

function parseEmail(text: string): string {
  const email = text.normalize('NFC');
  const at = email.lastIndexOf('@');
  const [local, domain] = [email.slice(0, Math.max(at, 0)), email.slice(at + 1)];
  const fits = Buffer.byteLength(email) <= maxEmailBytes && Buffer.byteLength(local) <= maxLocalBytes;
  if (!fits || !localPart.test(local) || !domainPart.test(domain))
    throw invalidField('email', `${quoted(text)} is not an e-mail address`);
  return email;
}

function parsePlan(name: string): Plan {
  const plan = planNames.find((known) => known === name);
  if (plan === undefined) throw invalidField('plan', `unknown plan ${quoted(name)}, ${suggestion(name, planNames)}`);
  return plan;
}

/** Throws VALIDATION_ERROR at the first field that breaks a rule. */
export function parseNewUser(input: { email: string; name: string; plan?: string | undefined }): NewUser {
  return {
    email: parseEmail(input.email),
    name: parseLabel('name', input.name),
    plan: parsePlan(input.plan ?? defaultPlan),
  };
}

/** Throws CONFLICT when the address is taken, whatever its case. */
export function createUser(connection: Connection, newUser: NewUser, now: number): User {
  try {
    return insertUser(connection, { publicId: newId('usr'), ...newUser, createdAt: now, updatedAt: now });
  } catch (cause) {
    if (!isUniqueViolation(cause, 'users.email_key')) throw cause;
    throw new AppError('CONFLICT', `there is a user with the address ${quoted(newUser.email)} already`, [], { cause });
  }
}

/** A user by public id or by address; throws NOT_FOUND. */
export function userNamed(connection: Connection, idOrEmail: string): User {
  const user = idOrEmail.includes('@')
    ? findUserByEmail(connection, idOrEmail)
    : findUserByPublicId(connection, idOrEmail);
  if (user === undefined) throw new AppError('NOT_FOUND', `there is no user ${quoted(idOrEmail)}`);
  return user;
}
