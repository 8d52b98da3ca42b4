// The secrets of webhooks: what signs now, and what signs from now on. Whatever is rotated, none ends before its 24 hours are over.

import { AppError } from '../core/errors.ts';
import { hourMs } from '../core/periods.ts';
import { defineOperation } from '../storage/operation.ts';
import { type Connection, execute, firstRow, query } from '../storage/query.ts';
import type { Webhook } from './webhook.ts';
import { type OwnWebhook, requireWebhook } from './webhook-store.ts';

/** After a rotation the secret before it signs along for so long. */
const earlierSecretMs = 24 * hourMs;
/** Each of them is one more signature of every delivery. */
const maxEarlierSecrets = 4;

interface EarlierSecret {
  readonly secret: string;
  /** Then it signs no more. */
  readonly until: number;
}

export interface SecretsRow {
  readonly secret: string;
  readonly previous_secrets: string | null;
}

function earlierSecrets({ previous_secrets: text }: SecretsRow, now: number): EarlierSecret[] {
  if (text === null) return [];
  return (JSON.parse(text) as EarlierSecret[]).filter(({ until }) => until > now);
}

/** What signs now, the present one first, then from the newest to the oldest. */
export function validSecrets(row: SecretsRow, now: number): string[] {
  return [row.secret, ...earlierSecrets(row, now).map(({ secret }) => secret)];
}

/** Throws where there is no such webhook. */
function findSecretsRow(connection: Connection, webhookId: number): SecretsRow {
  const found = query.selectFrom('webhooks').select(['secret', 'previous_secrets']).where('id', '=', webhookId);
  const row = firstRow(connection, found);
  if (row === undefined) throw new Error(`there is no webhook ${webhookId}`);
  return row;
}

/** As `validSecrets`. Throws where there is no such webhook. */
export function findSecrets(connection: Connection, webhookId: number, now: number): string[] {
  return validSecrets(findSecretsRow(connection, webhookId), now);
}

interface RotateSecret extends OwnWebhook {
  readonly secret: string;
}

/** The secret that signed so far signs along for 24 hours. Throws NOT_FOUND, and CONFLICT where as many sign along as may. */
export const rotateSecret = defineOperation(
  'webhooks.rotate-secret',
  (connection, { userId, publicId, now, secret }: RotateSecret): Webhook => {
    const { id, updatedAt } = requireWebhook(connection, userId, publicId);
    const row = findSecretsRow(connection, id);
    const earlier = earlierSecrets(row, now);
    if (earlier.length >= maxEarlierSecrets) {
      const freeAt = new Date(earlier.at(-1)!.until).toISOString();
      throw new AppError(
        'CONFLICT',
        `${maxEarlierSecrets} earlier secrets are still valid, the oldest until ${freeAt}`,
      );
    }
    const previous: EarlierSecret[] = [{ secret: row.secret, until: now + earlierSecretMs }, ...earlier];
    const rotated = {
      secret,
      previous_secrets: JSON.stringify(previous),
      updated_at: Math.max(now, updatedAt + 1),
    };
    execute(connection, query.updateTable('webhooks').set(rotated).where('id', '=', id));
    return requireWebhook(connection, userId, publicId);
  },
);
