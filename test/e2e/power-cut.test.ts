import { after, describe, it } from 'node:test';
import { runPowerCuts } from '../support/power-cuts.ts';
import { compileRecorder } from '../support/recorded-disk.ts';
import { closeServers } from '../support/server-process.ts';

after(closeServers);

const recorder = compileRecorder();
const skip = 'missing' in recorder && recorder.missing;

describe('a server whose power is cut at full load', { skip }, () => {
  for (const [durability, promise] of [
    ['power', 'every redirect that it answered'],
    ['process', 'every redirect of a limited link that it answered'],
  ] as const) {
    it(`has ${promise}, and every change that it confirmed (${durability})`, async () => {
      const { library } = recorder as { library: string };
      await runPowerCuts({
        library,
        durability,
        cuts: 6,
        cutsPerServer: 3,
        redirectsPerServer: 1_500,
        failing: 'power',
        seed: 20_260_701,
      });
    });
  }
});

describe('a server whose disk fails to sync', { skip }, () => {
  it('ends at once with 1, having answered nothing that is not kept, and starts again', async () => {
    const { library } = recorder as { library: string };
    await runPowerCuts({
      library,
      durability: 'power',
      cuts: 3,
      cutsPerServer: 3,
      redirectsPerServer: 500,
      failing: 'sync',
      seed: 20_260_701,
    });
  });
});
