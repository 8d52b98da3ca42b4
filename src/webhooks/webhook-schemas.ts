// The schemas of webhook input: they check, and the API's description is made of them.

import * as z from 'zod';
import { textField } from '../core/text-field.ts';
import { wantedEvents } from './webhook.ts';

export const maxUrlBytes = 2_048;
const maxBatchEvents = 500;
const maxBatchWaitMs = 5 * 60_000;

const name = z.string().meta({ minLength: 1, maxLength: 100 });
// No format `uri`: the URL Standard, which we follow, takes more than RFC 3986, which that means.
const url = z.string().meta({ maxLength: maxUrlBytes }).describe('Where to send, by https.');
const events = z
  .array(z.enum(wantedEvents))
  .min(1)
  .max(20)
  .describe('What to be told of; `*`: everything, whatever is added later included.');
const batch = z
  .strictObject({
    maxEvents: z.int().min(2).max(maxBatchEvents).describe('So many clicks are sent together at the most.'),
    maxWaitMs: z.int().min(100).max(maxBatchWaitMs).describe('So long the first of them waits at the most.'),
  })
  .nullable()
  .describe('Sends clicks that come soon after one another in one request, as `click.batch`. null: each by itself.');

export const newWebhookSchema = z.strictObject({ name, url, events, batch: batch.optional() });

export const webhookChangeSchema = z.strictObject({
  name: name.optional(),
  url: url.optional(),
  events: events.optional(),
  batch: batch.optional(),
  isActive: z
    .boolean()
    .optional()
    .describe('Switches it off, or on again: what happened meanwhile is kept, and sent where it is replayed.'),
});

const instant = textField(40).meta({ format: 'date-time' });

export const replaySchema = z.strictObject({
  from: instant.describe('The earliest time of an event.'),
  to: instant.optional().describe('The latest; now where it is absent.'),
  onlyFailed: z.boolean().optional().describe('Leaves out what the receiver has got already.'),
});
