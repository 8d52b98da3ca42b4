import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { verifyWebhook, WebhookSignatureError } from '../../src/sdk/client.ts';

const bytes = Buffer.from('a secret of thirty-two bytes, ok');
const secret = `whsec_${bytes.toString('base64')}`;
const now = Date.parse('2026-07-14T16:20:05Z');
const body =
  '{"id":"evt_1","event":"click","timestamp":"2026-07-14T16:20:05.000Z","data":{"slug":"sommer","city":"Köln"}}';

/** What the server sends beside the body, as the specification of Standard Webhooks says. */
function headersOf(payload = body, at = now, key = bytes): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const signature = createHmac('sha256', key).update(`evt_1.${timestamp}.${payload}`).digest('base64');
  return { 'webhook-id': 'evt_1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

describe('verifying a webhook', () => {
  it('gives the event of a genuine request, from text or bytes, with any kind of headers', async () => {
    const event = await verifyWebhook(body, headersOf(), secret, { now });
    assert.deepEqual(event, JSON.parse(body));
    assert.deepEqual(await verifyWebhook(Buffer.from(body), new Headers(headersOf()), secret, { now }), event);
    // Of another library, or of a page's other window.
    const foreign = { get: (name: string) => headersOf()[name.toLowerCase()] ?? null } as Headers;
    assert.deepEqual(await verifyWebhook(body, foreign, secret, { now }), event);
    await assert.rejects(verifyWebhook(body, { get: () => null } as unknown as Headers, secret), WebhookSignatureError);
    const capitals = Object.fromEntries(
      Object.entries(headersOf()).map(([name, value]) => [name.toUpperCase(), value]),
    );
    assert.deepEqual(await verifyWebhook(body, capitals, secret, { now }), event);
  });

  it('takes any of the signatures that are sent while the secret is being replaced', async () => {
    const own = headersOf();
    const other = headersOf(body, now, Buffer.from('the secret before this one'))['webhook-signature']!;
    const both = { ...own, 'webhook-signature': `v1a,AAAA ${other} ${own['webhook-signature']}` };
    assert.ok(await verifyWebhook(body, both, secret, { now }));
  });

  const wrong: [why: string, call: () => Promise<unknown>][] = [
    ['another body', () => verifyWebhook(`${body} `, headersOf(), secret, { now })],
    ['another secret', () => verifyWebhook(body, headersOf(), `whsec_${btoa('another one')}`, { now })],
    ['no secret', () => verifyWebhook(body, headersOf(), 'whsec_%', { now })],
    ['an old request', () => verifyWebhook(body, headersOf(body, now - 301_000), secret, { now })],
    ['one from the future', () => verifyWebhook(body, headersOf(body, now + 301_000), secret, { now })],
    ['no headers', () => verifyWebhook(body, {}, secret, { now })],
    ['no time', () => verifyWebhook(body, { ...headersOf(), 'webhook-timestamp': 'now' }, secret, { now })],
    ['no signature', () => verifyWebhook(body, { ...headersOf(), 'webhook-signature': '' }, secret, { now })],
    [
      'a moved time',
      () => verifyWebhook(body, { ...headersOf(), 'webhook-timestamp': '1783959606' }, secret, { now: 1783959606000 }),
    ],
    ['a moved id', () => verifyWebhook(body, { ...headersOf(), 'webhook-id': 'evt_2' }, secret, { now })],
    ['broken base64', () => verifyWebhook(body, { ...headersOf(), 'webhook-signature': 'v1,%%%' }, secret, { now })],
  ];
  for (const [why, call] of wrong) it(`refuses ${why}`, () => assert.rejects(call, WebhookSignatureError));
});
