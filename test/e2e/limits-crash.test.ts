// Click limits across SIGKILL: links of a few clicks each, asked for all at once, by a crowd that comes back after every crash.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { openReader } from '../../src/storage/database.ts';
import { ApiClient, personsBrowser, sendRequest } from '../support/api-client.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { closeServers, startServer } from '../support/server-process.ts';

after(closeServers);

const limits = [1, 1, 1, 2, 3, 5, 8];
const links = 42;
const kills = 4;
const requestsALife = 120;

describe('a link of so many clicks', () => {
  it('redirects never more often, over all lives of the server, and is used up to the last of them', async () => {
    const random = seededRandom(4);
    let server = await startServer({ flags: ['--clicks-durability', 'process'] });
    const { dataFolder } = server;
    const api = ApiClient.of(server);
    const made = await Promise.all(
      Array.from({ length: links }, (_, i) => {
        const limit = limits[i % limits.length]!;
        return api.createLink(limit === 1 ? { oneTime: true } : { clickLimit: limit });
      }),
    );
    const received = new Map(made.map(({ slug }) => [slug, 0]));
    let unanswered = 0;
    const visit = async (slug: string): Promise<number> => {
      const headers = { 'user-agent': personsBrowser };
      const answer = await sendRequest(server.address, { path: `/${slug}`, headers }).catch(() => undefined);
      if (answer?.status === 302) received.set(slug, received.get(slug)! + 1);
      if (answer === undefined) unanswered++;
      return answer?.status ?? 0;
    };

    for (let life = 0; life < kills; life++) {
      // Killed once so many are answered, with the others on their way.
      let left = 1 + random(requestsALife >> 2);
      const crowd = Array.from({ length: requestsALife }, async () => {
        await visit(made[random(links)]!.slug);
        if (--left === 0) await server.kill();
      });
      await Promise.all(crowd);
      server = await startServer({ dataFolder, flags: ['--clicks-durability', 'process'] });
    }
    assert.ok(unanswered > 0, 'the kills cut nothing off');
    // Whatever is left of each.
    for (const { slug } of made) while ((await visit(slug)) === 302) continue;
    await server.stop();

    const reader = openReader(dataFolder);
    const total = reader
      .prepare<[string], number>('SELECT clicks FROM link_totals JOIN links ON links.id = link_id WHERE slug = ?')
      .pluck();
    made.forEach(({ slug }, i) => {
      const limit = limits[i % limits.length]!;
      assert.equal(total.get(slug), limit);
      assert.ok(received.get(slug)! <= limit, `${received.get(slug)} redirects of ${limit}`);
    });
    reader.close();
    const passed = [...received.values()].reduce((sum, count) => sum + count, 0);
    const allowed = made.reduce((sum, _, i) => sum + limits[i % limits.length]!, 0);
    assert.ok(allowed - passed <= unanswered, 'only what was cut off may be missing');
  });
});
