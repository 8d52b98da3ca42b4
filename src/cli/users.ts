// `signpost users create|list`.

import { listUsers } from '../accounts/accounts-store.ts';
import { planNames } from '../accounts/plans.ts';
import { createUser, parseNewUser } from '../accounts/users.ts';
import { systemClock } from '../core/clock.ts';
import { exitCodes } from '../core/exit.ts';
import type { Command } from './command.ts';
import { databaseFlags } from './config-flags.ts';
import { allPages, withDatabase } from './database.ts';
import { listing, shownTime } from './listing.ts';

export const usersCreateCommand: Command = {
  flags: {
    email: { placeholder: 'ADDRESS', help: 'E-mail address; unique, whatever its case.' },
    name: { placeholder: 'TEXT', help: 'Name, 1 to 100 characters.' },
    plan: { placeholder: 'PLAN', help: `One of ${planNames.join(', ')}. Default: unlimited.` },
    json: { help: 'Print a JSON object.' },
    ...databaseFlags,
  },
  async run(given) {
    const newUser = parseNewUser({
      email: given.requiredText('email'),
      name: given.requiredText('name'),
      plan: given.text('plan'),
    });
    const user = await withDatabase(given, (connection) => createUser(connection, newUser, systemClock.now()));
    const { publicId: id, email, name, plan } = user;
    process.stdout.write(given.has('json') ? `${JSON.stringify({ id, email, name, plan })}\n` : `${id}\n`);
    return exitCodes.ok;
  },
};

export const usersListCommand: Command = {
  flags: { json: { help: 'Print a JSON array.' }, ...databaseFlags },
  async run(given) {
    const users = await withDatabase(given, (connection) => allPages((page) => listUsers(connection, page)));
    const rows = users.map(({ publicId, email, name, plan, createdAt }) => ({
      id: publicId,
      email,
      name,
      plan,
      createdAt: shownTime(createdAt),
    }));
    process.stdout.write(listing(['id', 'email', 'name', 'plan', 'createdAt'], rows, given.has('json')));
    return exitCodes.ok;
  },
};
