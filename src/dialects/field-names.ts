// Errors of the domain in a dialect's words: the fields at fault by the names that its clients sent.

import { AppError } from '../core/errors.ts';

export interface FieldNames {
  /** Runs something of the domain; an AppError leaves it with this dialect's names in its paths and sentences. */
  translating<T>(work: () => Promise<T>): Promise<T>;
}

/** @param names the domain's name of a field to the dialect's */
export function nativeNames(names: Readonly<Record<string, string>>): FieldNames {
  const rename = (text: string): string => {
    const [, name = ''] = /^(\w+)/.exec(text) ?? [];
    const own = Object.hasOwn(names, name) ? names[name] : undefined;
    return own === undefined ? text : own + text.slice(name.length);
  };
  return {
    async translating(work) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof AppError) || error.details.length === 0) throw error;
        // Both begin with the field's name.
        const details = error.details.map(({ path, message }) => ({ path: rename(path), message: rename(message) }));
        throw new AppError(error.code, rename(error.message), details, { cause: error });
      }
    },
  };
}
