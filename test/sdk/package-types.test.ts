// The types of the package signpost-sdk, as other people's projects see them.

import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { buildClient } from '../../scripts/build/client.ts';
import { checkTypes, foreignProject, strictProjects } from '../support/foreign-project.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const packages = join(temporaryFolder(), 'node_modules');
await buildClient(join(packages, 'signpost-sdk'));

/** What a program does with the client, by its types alone. */
const typedUse = `import { ApiError, ConnectionError, Signpost, type Click, type ErrorCode, type Link, type NewLink } from 'signpost-sdk';

export async function use(apiKey: string, baseUrl: URL, stop: AbortSignal): Promise<string[]> {
  const signpost = new Signpost({ apiKey, baseUrl, timeoutMs: 5_000, maxRetries: 2, fetch });
  const wanted: NewLink = { destinationUrl: 'https://example.com/', tags: ['a'], expiresAt: null };
  const link: Link = await signpost.links.create(wanted, { signal: stop, idempotencyKey: 'order-7' });
  const found: string[] = [link.shortUrl, link.title ?? ''];
  const { data, meta } = await signpost.links.list({ perPage: 50, tag: ['a'] });
  found.push(String(meta.total), ...data.map((one) => one.slug));
  for await (const one of signpost.links.list({ sort: 'clicks' })) found.push(one.id);
  for await (const page of signpost.galleries.list().pages()) found.push(String(page.data.length));
  for await (const click of signpost.links.exportClicks(link.id)) found.push(clickedAt(click));
  for await (const event of signpost.analytics.live({}, { signal: stop })) {
    if (event.event === 'click') found.push(event.data.id);
    else found.push(event.data.after);
  }
  const csv: ReadableStream<Uint8Array> = await signpost.analytics.exportStats().csv();
  const image: Uint8Array = await signpost.qr.generate({ url: 'https://example.com/' });
  found.push(String(csv.locked), String(image.length));
  const results = await signpost.links.bulkCreate([wanted]);
  for (const result of results) found.push(result.success ? result.data.id : result.error.code);
  const stats = await signpost.links.stats(link.id, { period: '7d' });
  found.push(...(stats.byCountry ?? []).map(({ country, count }) => country + count));
  const { secret } = await signpost.webhooks.create({ name: 'a', url: 'https://example.com/', events: ['click'] });
  const event = await signpost.webhooks.verify('{}', { 'webhook-id': 'a' }, secret ?? '');
  found.push(event.event);
  try {
    await signpost.domains.verify('dom_a');
  } catch (error) {
    if (error instanceof ApiError) found.push(reason(error.code), ...error.details.map(({ path }) => path));
    else if (error instanceof ConnectionError) found.push(error.message);
    else throw error;
  }
  return found;
}

const clickedAt = (click: Click): string => click.clickedAt;

function reason(code: ErrorCode): string {
  return code === 'SLUG_EXISTS' ? 'taken' : code;
}
`;

describe('the types of signpost-sdk', () => {
  for (const [name, options] of Object.entries(strictProjects)) {
    it(`hold in a strict project (${name})`, () => checkTypes(foreignProject(packages, name, typedUse, options)));
  }

  it('let nothing else through', () => {
    const wrong = [
      'await signpost.links.create({})',
      "await signpost.links.create({ destinationUrl: 'https://example.com/', slug: 7 })",
      "await signpost.links.create({ destinationUrl: 'https://example.com/', slugg: 'a' })",
      "await signpost.links.list({ sort: 'name' })",
      'console.log(title.length)',
      "await signpost.links.get('lnk_a', { timeout: 5 })",
      "new Signpost({ apiKey: process.env['KEY'], baseUrl: 'https://go.example' })",
    ];
    // One that is right after all is an error of the compiler's.
    const program = `import { Signpost } from 'signpost-sdk';
export async function use(signpost: Signpost): Promise<void> {
  const { title } = await signpost.links.get('lnk_a');
${wrong.map((line) => `  // @ts-expect-error\n  ${line};`).join('\n')}
  console.log(title?.length);
}
`;
    checkTypes(foreignProject(packages, 'wrong', program, strictProjects.node));
  });
});
