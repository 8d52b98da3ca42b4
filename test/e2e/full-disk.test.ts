import { after, describe, it } from 'node:test';
import { runFullDisk } from '../support/full-disk.ts';
import { closeServers } from '../support/server-process.ts';
import { mountSmallDisk, unmountSmallDisks } from '../support/small-disk.ts';

after(unmountSmallDisks);
after(closeServers);

const disk = mountSmallDisk(16 * 1024);

describe('a server whose disk is full', { skip: disk === undefined && 'no file system can be mounted here' }, () => {
  it('sends visitors on, tells how many it could not count, and goes on counting by itself', async () => {
    await runFullDisk({ disk: disk!, rounds: 2, logBytes: 0 });
  });
});
