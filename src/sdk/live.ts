// Hits as they come: Server-Sent Events over fetch, which unlike EventSource can carry the key. Goes on after a break where it was.

import type { Click, Operations } from './api-types.ts';
import { ApiError, ConnectionError } from './errors.ts';
import { type CallOptions, delayBefore, pause, type Transport } from './transport.ts';

/** `click`: a hit, counted or not. `gap`: those between two ids are left out, because there were too many. */
export type LiveEvent =
  | { readonly event: 'click'; readonly data: Click }
  | { readonly event: 'gap'; readonly data: { readonly after: string; readonly before: string } };

/** What one connection was told so far, for the next one. */
interface Place {
  lastEventId: string | undefined;
  retryMs: number;
  /** Tries that led nowhere since something came the last time; undefined: nothing has come yet. */
  failures: number | undefined;
}

const firstRetryMs = 3_000;
const maxRetryMs = 30_000;

/** The events of one connection, until the server hangs up. Knows what our server sends, and passes over the rest. */
async function* eventsOf(lines: AsyncIterable<string>, place: Place): AsyncGenerator<LiveEvent, void, undefined> {
  let event = '';
  let id: string | undefined;
  let data: string | undefined;
  for await (const line of lines) {
    place.failures = 0;
    const [, field = '', value = ''] = /^([a-z]*): ?(.*?)\r?$/.exec(line) ?? [];
    if (field === 'event') event = value;
    else if (field === 'id') id = value;
    else if (field === 'data') data = value;
    else if (field === 'retry' && /^\d{1,6}$/.test(value)) place.retryMs = Number(value);
    if (line.trimEnd() !== '') continue;
    if (data !== undefined && (event === 'click' || event === 'gap')) {
      const told: unknown = JSON.parse(data);
      yield { event, data: told } as LiveEvent;
    }
    // Only now: what has not been taken is to be sent again.
    place.lastEventId = id ?? place.lastEventId;
    [event, id, data] = ['', undefined, undefined];
  }
}

/** How long to wait before the next connection; undefined: it would be of no use. */
function delayAfter(error: unknown, retryMs: number, failures: number): number | undefined {
  const delayMs = delayBefore(error, failures);
  if (delayMs === undefined || error instanceof ApiError) return delayMs;
  // Anything around it, so that listeners that a server lost together do not come back together.
  return Math.min(retryMs * 2 ** failures, maxRetryMs) * (0.5 + Math.random());
}

export async function* listen(
  transport: Transport,
  { link, lastEventId }: Operations['listenToClicks']['query'],
  options: CallOptions | undefined,
): AsyncGenerator<LiveEvent, void, undefined> {
  const place: Place = { lastEventId, retryMs: firstRetryMs, failures: undefined };
  for (;;) {
    let failure: unknown = new ConnectionError('the server hung up');
    try {
      const lines = transport.lines({
        method: 'GET',
        path: '/analytics/live',
        query: { link },
        accept: 'text/event-stream',
        headers: place.lastEventId === undefined ? {} : { 'Last-Event-ID': place.lastEventId },
        // Whoever never reached the server wants to hear of it; later on, breaks are waited out here.
        options: place.failures === undefined ? options : { ...options, maxRetries: 0 },
      });
      yield* eventsOf(lines, place);
    } catch (error) {
      failure = error;
    }
    const delayMs = place.failures === undefined ? undefined : delayAfter(failure, place.retryMs, place.failures++);
    if (delayMs === undefined) throw failure;
    await pause(delayMs, options?.signal);
  }
}
