// Reads what a caller says of a webhook: fields checked one by one, every fault named.

import type * as z from 'zod';
import { parseLabel } from '../accounts/label.ts';
import { type AppError, invalidField } from '../core/errors.ts';
import { parseInstant } from '../core/instant.ts';
import { storableTextFault } from '../core/text-rules.ts';
import { Faults } from '../core/validation.ts';
import { everyEvent, type WantedEvent } from './webhook.ts';
import type { WebhookFields } from './webhook-store.ts';
import { maxUrlBytes, newWebhookSchema, replaySchema, webhookChangeSchema } from './webhook-schemas.ts';

/** What is wrong with a place to send to, or undefined. */
export type UrlFault = (url: URL) => string | undefined;

function parseUrl(text: string, urlFault: UrlFault): string {
  const fail = (phrase: string): AppError => invalidField('url', `url ${phrase}`, 'INVALID_URL');
  if (Buffer.byteLength(text) > maxUrlBytes) throw fail(`is longer than ${maxUrlBytes} bytes`);
  if (storableTextFault(text) !== undefined || !URL.canParse(text)) throw fail('must be an absolute https:// URL');
  const url = new URL(text);
  const fault = urlFault(url);
  if (fault !== undefined) throw fail(fault);
  url.hash = '';
  return url.href;
}

/** Each once, in the order given; `*` holds all the others. */
function parseEvents(events: readonly WantedEvent[]): readonly WantedEvent[] {
  return events.includes(everyEvent) ? [everyEvent] : [...new Set(events)];
}

function fieldsOf(
  { name, url, events, batch }: z.output<typeof webhookChangeSchema>,
  urlFault: UrlFault,
  faults: Faults,
): Partial<WebhookFields> {
  const label = name === undefined ? undefined : faults.attempt(() => parseLabel('name', name));
  const place = url === undefined ? undefined : faults.attempt(() => parseUrl(url, urlFault));
  return {
    ...(label === undefined ? {} : { name: label }),
    ...(place === undefined ? {} : { url: place }),
    ...(events === undefined ? {} : { events: parseEvents(events) }),
    ...(batch === undefined ? {} : { batch }),
  };
}

/** Throws VALIDATION_ERROR, or INVALID_URL. */
export function parseNewWebhook(body: unknown, urlFault: UrlFault): WebhookFields {
  const faults = new Faults();
  const shape = faults.check(newWebhookSchema, body);
  const fields = shape && fieldsOf(shape, urlFault, faults);
  faults.throwIfAny();
  const { name, url, events, batch = null } = fields!;
  return { name: name!, url: url!, events: events!, batch };
}

export interface WebhookChange {
  readonly fields: Partial<WebhookFields>;
  readonly isActive: boolean | undefined;
}

/** Throws VALIDATION_ERROR, or INVALID_URL. */
export function parseWebhookChange(body: unknown, urlFault: UrlFault): WebhookChange {
  const faults = new Faults();
  const shape = faults.check(webhookChangeSchema, body);
  const fields = shape && fieldsOf(shape, urlFault, faults);
  faults.throwIfAny();
  return { fields: fields!, isActive: shape!.isActive };
}

export interface ReplayTime {
  readonly from: number;
  readonly to: number;
  readonly onlyFailed: boolean;
}

/** Throws VALIDATION_ERROR. */
export function parseReplay(body: unknown, now: number): ReplayTime {
  const faults = new Faults();
  const shape = faults.check(replaySchema, body);
  const instantOf = (path: string, text: string | undefined): number => {
    const instant = text === undefined ? now : parseInstant(text);
    if (instant === undefined) faults.add(path, 'must be a time with an offset, as in 2026-07-01T12:00:00Z');
    return instant ?? 0;
  };
  const from = shape === undefined ? 0 : instantOf('from', shape.from);
  const to = shape === undefined ? 0 : instantOf('to', shape.to);
  faults.throwIfAny();
  if (from > to) throw invalidField('to', 'to lies before from');
  return { from, to, onlyFailed: shape!.onlyFailed ?? false };
}
