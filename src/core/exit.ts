// How the process ends: the exit codes and the error that carries one from deep inside to main.ts.

export const exitCodes = {
  ok: 0,
  failure: 1,
  /** Wrong configuration or command line; nothing was created. */
  usage: 2,
  /** Another process holds the data folder. */
  locked: 3,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The process cannot do what it was started for. `message` is one line for the operator; no stack trace is shown. */
export class StartError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartError';
    this.exitCode = exitCode;
  }
}

/**
 * What a file named in the configuration holds. Throws a StartError when it cannot be used.
 * @param option that names it
 */
export function openedOrRefused<Opened>(option: string, open: () => Opened): Opened {
  try {
    return open();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`cannot read ${option}: ${reason}`, exitCodes.failure, { cause });
  }
}
