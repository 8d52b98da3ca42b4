import { after, describe, it } from 'node:test';
import { runCrashRounds } from '../support/crash-rounds.ts';
import { closeServers } from '../support/server-process.ts';
import { runWebhookCrashRounds } from '../support/webhook-crash-rounds.ts';

after(closeServers);

const rounds = Number(process.env['CHAOS_ROUNDS'] ?? 3);

describe('a server that is killed at full load', () => {
  for (const durability of ['power', 'process'] as const) {
    it(`has every redirect that it answered, counted once, ${rounds} times over (${durability})`, async () => {
      await runCrashRounds({ durability, rounds, seed: 20_260_701 });
    });
  }
});

describe('a server that is killed while it delivers webhooks', () => {
  it(`loses none of them, and sends doubles under the same id, ${rounds} times over`, async () => {
    await runWebhookCrashRounds({ rounds, seed: 20_260_701 });
  });
});
