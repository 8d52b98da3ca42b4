// GET /analytics/live: hits as they are stored, as Server-Sent Events.

import type { ServerResponse } from 'node:http';
import * as z from 'zod';
import { findKeyByPublicId } from '../accounts/accounts-store.ts';
import { keyIsUsable } from '../accounts/keys.ts';
import { clickPublicId, parseClickId } from '../clicks/click-id.ts';
import type { LiveFeed, LiveSink } from '../clicks/live-feed.ts';
import type { RawHit } from '../clicks/raw-hit.ts';
import type { Clock } from '../core/clock.ts';
import { invalidField } from '../core/errors.ts';
import { textField } from '../core/text-field.ts';
import { Faults, queryValues } from '../core/validation.ts';
import type { Documented } from '../http/route-docs.ts';
import type { PrivateRoute } from '../http/router.ts';
import type { Links } from '../links/links.ts';
import type { Connection } from '../storage/query.ts';

interface LiveRoutesOptions {
  readonly feed: LiveFeed;
  readonly links: Links;
  readonly reader: Connection;
  readonly clock: Clock;
}

const querySchema = z.strictObject({
  link: textField(100).optional().describe('The id of a link; all of your links where absent.'),
  lastEventId: textField(100)
    .optional()
    .describe('Instead of the header `Last-Event-ID`: the last event that you have.'),
});

/** After how many milliseconds a client that lost its connection should come back. */
const retryMs = 3_000;

/** How long a client may take to read what it was told last. */
const goodbyeMs = 5_000;

class EventStream implements LiveSink {
  readonly #response: ServerResponse;
  readonly isAllowed: () => boolean;

  constructor(response: ServerResponse, isAllowed: () => boolean) {
    this.#response = response;
    this.isAllowed = isAllowed;
  }

  get pendingBytes(): number {
    return this.#response.writableLength;
  }

  hit(hit: RawHit): void {
    this.#response.write(`id: ${hit.id}\nevent: click\ndata: ${JSON.stringify(hit)}\n\n`);
  }

  gap(after: number, before: number): void {
    const data = JSON.stringify({ after: clickPublicId(after), before: clickPublicId(before) });
    this.#response.write(`event: gap\ndata: ${data}\n\n`);
  }

  // An id alone is no event, but whoever comes back after a break tells it: so even one who has heard of nothing yet misses nothing.
  begin(position: number): void {
    this.#response.write(`retry: ${retryMs}\nid: ${clickPublicId(position)}\n\n`);
  }

  beat(position: number): void {
    this.#response.write(`: beat\nid: ${clickPublicId(position)}\n\n`);
  }

  end(reason: string): void {
    const response = this.#response;
    if (reason === 'too slow') {
      response.destroy();
      return;
    }
    response.end(`event: end\ndata: ${JSON.stringify({ reason })}\n\n`);
    // Nobody looks after it any more: one that reads nothing would keep its connection, and what waits for it, for ever.
    const waiting = setTimeout(() => response.destroy(), goodbyeMs);
    response.once('close', () => clearTimeout(waiting));
  }
}

function lastEventOf(value: string | string[] | undefined, path: string): number | undefined {
  if (value === undefined || value === '') return undefined;
  const id = typeof value === 'string' ? parseClickId(value) : undefined;
  if (id === undefined) throw invalidField(path, `${path} is not the id of a click`);
  return id;
}

export function liveRoutes({ feed, links, reader, clock }: LiveRoutesOptions): Documented<PrivateRoute>[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/analytics/live',
      scope: 'analytics:read',
      docs: {
        id: 'listenToClicks',
        tag: 'Statistics',
        summary: 'Hear of hits as they come',
        description:
          'Server-Sent Events: `click`, whose data is the hit as in `GET /links/:id/clicks` and whose id is its id; `gap`, where hits between two ids ' +
          'are left out because they came faster than they could be told, or because you were away for too long; `end`, with the reason, before the server hangs up. ' +
          'A connection on which nothing is read waits at 256 KiB, and is cut without an event after a minute. ' +
          'A comment every 15 seconds shows that the connection is alive. After a break, go on with `Last-Event-ID`: up to 10,000 hits of the server are made up for. ' +
          'Ten listeners a user, and 100 altogether.',
        query: querySchema,
        responses: {
          200: {
            description: 'Events, until one of the two hangs up.',
            contents: [{ type: 'text/event-stream', schema: z.string(), examples: {} }],
          },
        },
        errors: ['NOT_FOUND', 'UNAVAILABLE'],
      },
      handle({ identity, query, headers }) {
        const faults = new Faults();
        const values = queryValues(query, { link: 'text', lastEventId: 'text' }, faults);
        const asked = faults.check(querySchema, values);
        faults.throwIfAny();
        const { link: linkId, lastEventId } = asked!;
        const after = lastEventOf(headers['last-event-id'], 'Last-Event-ID') ?? lastEventOf(lastEventId, 'lastEventId');
        const link = linkId === undefined ? undefined : links.get(identity.userId, linkId).link;
        const isAllowed = (): boolean => {
          const key = findKeyByPublicId(reader, identity.key.publicId);
          return key !== undefined && keyIsUsable(key, clock.now());
        };
        const listening = { userId: identity.userId, linkId: link?.id, after };
        return {
          status: 200,
          body: undefined,
          headers: {
            'Content-Type': 'text/event-stream; charset=utf-8',
            'Cache-Control': 'no-store',
            // Proxies that gather what they pass on would hold events back.
            'X-Accel-Buffering': 'no',
          },
          begin: () => feed.requireRoom(listening.userId),
          stream: (response) =>
            new Promise((resolve) => {
              const leave = feed.listen(listening, new EventStream(response, isAllowed));
              response.once('close', () => {
                leave();
                resolve();
              });
            }),
        };
      },
    },
  ];
}
