// The body of a delivery. Built from what was stored, byte for byte the same on every try.

import type { Parcel, StoredEvent } from './parcel-store.ts';

/** The `event` of a body that holds several clicks. */
export const batchEvent = 'click.batch';

function envelope(id: string, event: string, time: number, data: string): string {
  // The data is JSON already: nothing is parsed and written again.
  return `{"id":"${id}","event":"${event}","timestamp":"${new Date(time).toISOString()}","data":${data}}`;
}

const single = ({ publicId, event, createdAt, data }: StoredEvent): string =>
  envelope(publicId, event, createdAt, data);

/** `{"id","event","timestamp","data"}`; of a batch, `data.events` is a list of such. */
export function messageBody({ isBatch, events }: Pick<Parcel, 'isBatch' | 'events'>): string {
  const [first] = events;
  if (first === undefined) throw new Error('a delivery without an event');
  if (!isBatch) return single(first);
  return envelope(first.publicId, batchEvent, first.createdAt, `{"events":[${events.map(single).join()}]}`);
}
