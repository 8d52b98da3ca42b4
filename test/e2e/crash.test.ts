import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { crashDurabilities, runCrashRounds } from '../support/crash-rounds.ts';
import { closeServers } from '../support/server-process.ts';
import { runWebhookCrashRounds } from '../support/webhook-crash-rounds.ts';

after(closeServers);

const rounds = Number(process.env['CHAOS_ROUNDS'] ?? 3);

describe('a server that is killed at full load', () => {
  for (const durability of crashDurabilities) {
    const promise =
      durability === 'batched'
        ? 'lacks no more than the last windows of 250 ms'
        : 'has every redirect that it answered';
    it(`${promise}, counted once, ${rounds} times over (${durability})`, async () => {
      const { redirected, lost, lossAllowed } = await runCrashRounds({ durability, rounds, seed: 20_260_701 });
      assert.equal(lossAllowed > 0, durability === 'batched');
      assert.ok(lost <= lossAllowed);
      assert.ok(lossAllowed < redirected, 'had it lost everything, it would have been seen');
    });
  }
});

// Every durability has its turn in `npm run chaos`: what is stored of deliveries does not depend on it.
describe('a server that is killed while it delivers webhooks', () => {
  const durability = 'process';
  it(`loses none of them, and sends doubles under the same id, ${rounds} times over`, async ({ signal }) => {
    await runWebhookCrashRounds({ durability, rounds, seed: 20_260_701, signal });
  });
});
