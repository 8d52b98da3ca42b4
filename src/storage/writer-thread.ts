// The writer thread's side: one transaction a batch, each operation in its own savepoint, but for the longest. Wired in src/writer-worker.ts.

import type { MessagePort } from 'node:worker_threads';
import { AppError } from '../core/errors.ts';
import { runOnce } from './idempotency-store.ts';
import type { AnyOperation } from './operation.ts';
import type { Connection } from './query.ts';
import type { Batch, MainMessage, OperationCall, OperationResult, WriterMessage } from './writer-protocol.ts';

/** The recorder's part on this thread. */
export interface ClickWriter {
  /** True when this batch must survive a power cut whatever the server's durability. */
  needsPower(clicks: unknown): boolean;
  /** Takes over what a batch brings along besides its clicks; called once a batch, also when that is undone afterwards. */
  receive(clicks: unknown): void;
  /** Writes a batch's clicks inside the running transaction and returns the reply for the main thread. */
  write(clicks: unknown): unknown;
  /** The transaction was undone: forget everything that was remembered on its account. */
  undone(): void;
  /** False where something was put off that is to be written while there is nothing else to do. */
  readonly isSettled: boolean;
  /** Writes some of that inside the running transaction. */
  settle(): void;
}

interface WriterThread {
  readonly connection: Connection;
  readonly port: MessagePort;
  readonly operations: readonly AnyOperation[];
  readonly clicks: ClickWriter;
  /** Whether clicks are committed with an fsync; operations always are, but for repeatable ones. */
  readonly syncClicks: boolean;
}

// Another process (the command line, a checkpoint that finishes) holds the lock for milliseconds. Waiting is better than
// losing a count, but not for ever: redirects wait too. Each try lasts as long as the connection's busy timeout.
const beginTries = 20;
// So long after the last batch there is nothing else to do: longer than `batched` hits gather.
const quietMs = 1_000;
// A disk that is full, or that somebody else writes to, is not asked again at once.
const quietAfterFailureMs = 5_000;

export function runWriterThread({ connection, port, operations, clicks, syncClicks }: WriterThread): void {
  const byName = new Map<string, AnyOperation>();
  for (const operation of operations) {
    if (byName.has(operation.name)) throw new Error(`two operations are called ${operation.name}`);
    byName.set(operation.name, operation);
  }
  const begin = connection.prepare('BEGIN IMMEDIATE');
  const commit = connection.prepare('COMMIT');
  // Made once: making one costs more than it does.
  const inSavepoint = connection.transaction((run: () => unknown): unknown => run());
  const synchronous = { full: 'synchronous = FULL', normal: 'synchronous = NORMAL' } as const;
  let syncing: keyof typeof synchronous = 'full';
  connection.pragma(synchronous[syncing]);

  function mustLast({ name }: OperationCall): boolean {
    return byName.get(name)?.isRepeatable !== true;
  }

  function setSyncing(wanted: keyof typeof synchronous): void {
    if (syncing === wanted) return;
    connection.pragma(synchronous[wanted]);
    syncing = wanted;
  }

  function beginTransaction(mostTries: number): void {
    for (let tries = 1; ; tries++) {
      try {
        begin.run();
        return;
      } catch (error) {
        if (tries === mostTries || !isSqliteError(error, ['SQLITE_BUSY'])) throw error;
      }
    }
  }

  function apply(call: OperationCall): OperationResult {
    const operation = byName.get(call.name);
    try {
      if (operation === undefined) throw new Error(`no operation is called ${call.name}`);
      const run = (): unknown => operation.apply(connection, call.input as never);
      const runWhole = (): unknown => (call.once === undefined ? run() : runOnce(connection, call.once, run));
      return {
        ok: true,
        value: operation.isUnguarded ? runWhole() : inSavepoint(runWhole),
      };
    } catch (error) {
      // A full disk or a lock concerns the whole batch, not this operation.
      if (
        !connection.inTransaction ||
        isSqliteError(error, ['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_BUSY', 'SQLITE_CORRUPT'])
      )
        throw error;
      if (operation?.isUnguarded === true && !(error instanceof AppError)) throw error;
      if (error instanceof AppError)
        return { ok: false, code: error.code, message: error.message, details: error.details };
      return error instanceof Error
        ? { ok: false, code: undefined, message: error.message, stack: error.stack }
        : { ok: false, code: undefined, message: String(error), stack: undefined };
    }
  }

  /** Whether the running batch may have changed anything, in the file or in what is remembered of it. */
  let hasBegun = false;
  /** An I/O error: the process is about to end, and nothing is to be written any more. */
  let isBroken = false;

  function write(batch: Batch): WriterMessage {
    if (batch.clicks !== undefined) clicks.receive(batch.clicks);
    setSyncing(
      syncClicks || batch.operations.some(mustLast) || (batch.clicks !== undefined && clicks.needsPower(batch.clicks))
        ? 'full'
        : 'normal',
    );
    beginTransaction(beginTries);
    hasBegun = true;
    const results = batch.operations.map(apply);
    const reply = batch.clicks === undefined ? undefined : clicks.write(batch.clicks);
    commit.run();
    return { kind: 'committed', results, clicks: reply };
  }

  /** @returns why nothing was written */
  function undoing(error: unknown): WriterMessage & { kind: 'failed' | 'fatal' } {
    const message = error instanceof Error ? error.message : String(error);
    // After a failed write or fsync the page cache may differ from the disk: trying again could lose data silently.
    if (isSqliteError(error, ['SQLITE_IOERR', 'SQLITE_CORRUPT'])) {
      isBroken = true;
      return { kind: 'fatal', message };
    }
    if (connection.inTransaction) connection.exec('ROLLBACK');
    if (hasBegun) clicks.undone();
    return { kind: 'failed', message };
  }

  function writeOrUndo(batch: Batch): WriterMessage {
    hasBegun = false;
    try {
      return write(batch);
    } catch (error) {
      return undoing(error);
    }
  }

  /** A small transaction that nobody waits for. False where it failed: what was put off stays so. */
  function settleSome(): boolean {
    hasBegun = false;
    try {
      setSyncing('normal');
      beginTransaction(1);
      hasBegun = true;
      clicks.settle();
      commit.run();
      return true;
    } catch (error) {
      const problem = undoing(error);
      if (problem.kind === 'fatal') port.postMessage(problem);
      else if (hasBegun) port.postMessage({ kind: 'unsettled' } satisfies WriterMessage);
      return false;
    }
  }

  let quiet: NodeJS.Timeout | undefined;
  let notBefore = 0;
  function settleWhenQuiet(ms: number): void {
    clearTimeout(quiet);
    quiet = undefined;
    if (isBroken || clicks.isSettled) return;
    const waitMs = Math.max(ms, notBefore - performance.now());
    quiet = setTimeout(() => {
      if (!settleSome()) notBefore = performance.now() + quietAfterFailureMs;
      settleWhenQuiet(0);
    }, waitMs);
  }

  function close(): void {
    clearTimeout(quiet);
    if (!isBroken) while (!clicks.isSettled && settleSome());
    connection.close();
    port.postMessage({ kind: 'closed' } satisfies WriterMessage);
  }

  port.on('message', (message: MainMessage) => {
    if (message.kind === 'close') close();
    else if (!isBroken) {
      port.postMessage(writeOrUndo(message.batch));
      settleWhenQuiet(quietMs);
    }
  });
  port.postMessage({ kind: 'ready' } satisfies WriterMessage);
  settleWhenQuiet(quietMs);
}

function isSqliteError(error: unknown, codes: readonly string[]): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && codes.some((wanted) => code === wanted || code.startsWith(`${wanted}_`));
}
