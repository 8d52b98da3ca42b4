// Slugs and aliases as schema.sql guards them: one space of codes, in which none leads to two links.

import { AppError } from '../core/errors.ts';
import { isRefusedByTrigger, isUniqueViolation } from '../storage/query.ts';

/** Which of a link's codes was taken, or undefined when a write failed for another reason. */
export function takenCode(error: unknown): 'slug' | 'alias' | undefined {
  if (isUniqueViolation(error, 'links.slug') || isRefusedByTrigger(error, 'links.slug is an alias')) return 'slug';
  if (isUniqueViolation(error, 'links.alias') || isRefusedByTrigger(error, 'links.alias is a slug')) return 'alias';
  return undefined;
}

/** Runs a write that gives a link its codes; throws SLUG_EXISTS when one is taken on the domain, archived links included. */
export function claimingCodes<T>(write: () => T): T {
  try {
    return write();
  } catch (cause) {
    const path = takenCode(cause);
    if (path === undefined) throw cause;
    const message = `${path} is taken on this domain`;
    throw new AppError('SLUG_EXISTS', message, [{ path, message }], { cause });
  }
}
