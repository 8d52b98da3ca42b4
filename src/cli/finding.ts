// What `signpost doctor` finds: each with what to do about it, unless all is well.

export type Finding =
  | { readonly check: string; readonly level: 'ok' | 'skipped'; readonly message: string; readonly remedy: null }
  | { readonly check: string; readonly level: 'warning' | 'error'; readonly message: string; readonly remedy: string };

/** A finding whose check is told by whoever asked for it. */
export type Outcome = Finding extends infer F ? (F extends Finding ? Omit<F, 'check'> : never) : never;

export const ok = (message: string): Outcome => ({ level: 'ok', message, remedy: null });
export const skipped = (message: string): Outcome => ({ level: 'skipped', message, remedy: null });
export const warning = (message: string, remedy: string): Outcome => ({ level: 'warning', message, remedy });
export const failing = (message: string, remedy: string): Outcome => ({ level: 'error', message, remedy });

/** What to do about a database that is damaged. */
export const restoreNewest =
  'keep a copy of the data folder as it is, then restore the newest backup: signpost restore FILE --replace';

/** Something to look at. What it throws is an error found. */
export interface Check {
  readonly name: string;
  readonly run: () => Outcome[] | Promise<Outcome[]>;
}
