import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ClickWriting, giveUserLinks } from '../support/click-writing.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

let folder: string;
let clicks: ClickWriting;
before(() => {
  folder = temporaryFolder();
  clicks = new ClickWriting(folder);
  giveUserLinks(clicks.connection, 1, [1, 2]);
  const hits = Array.from({ length: 700 }, (_, visitor) => ({
    at: visitor * 900_000,
    linkId: 1 + (visitor % 2),
    visitor,
  }));
  clicks.write(hits);
});
after(() => clicks.close());

function doctor(...flags: string[]) {
  return spawnSync(process.execPath, [main, 'doctor', '--data-dir', folder, ...flags], { encoding: 'utf8', env: {} });
}

describe('signpost doctor', () => {
  it('ends with 0 and says so where everything agrees, while the database is open', () => {
    const { status, stdout, stderr } = doctor();
    assert.deepEqual([status, stdout, stderr], [0, 'clicks: totals, roll-ups and hits agree\n', '']);
    assert.deepEqual(JSON.parse(doctor('--json').stdout), []);
  });

  it('ends with 1 and names the link where a total is not what the hits say', () => {
    clicks.connection.exec('UPDATE link_totals SET clicks = clicks + 1 WHERE link_id = 2');
    const { status, stdout } = doctor();
    assert.deepEqual(
      [status, stdout],
      [1, 'clicks: total of lnk_2: the total is 351, roll-ups and tail hold 350 counted hits\n'],
    );
    const [difference] = JSON.parse(doctor('--json').stdout) as { about: string; link: string }[];
    assert.deepEqual([difference?.about, difference?.link], ['total', 'lnk_2']);
  });
});
