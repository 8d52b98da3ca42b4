import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import {
  BadInputTarget,
  checkBadRequest,
  checkError,
  checkMalformed,
  sendBadInput,
} from '../support/bad-input-rounds.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers } from '../support/server-process.ts';
import { RawConnection } from './raw-connection.ts';

after(closeServers);
checkExchanges();

const rounds = Number(process.env['CHAOS_ROUNDS'] ?? 6);
const target = await BadInputTarget.start();
const { server, api } = target;

describe('bad input', () => {
  it('is tried in many ways', () => assert.ok(target.size >= 480));
  for (const bad of target.requests) it(bad.name, () => checkBadRequest(server.address, bad));
  for (const bad of target.malformed) it(bad.name, () => checkMalformed(server.port, bad));

  it('headers that never end', async () => {
    const connection = await RawConnection.to(server.port);
    connection.write(`GET /healthz HTTP/1.1\r\nHost: ${new URL(server.address).host}\r\nX-Slow: `);
    const [answer, ...more] = await connection.rest();
    assert.ok(answer);
    assert.deepEqual([answer.status, more], [408, []]);
    checkError(answer, 'VALIDATION_ERROR');
  });

  it('changes nothing and keeps nothing in memory, all of it again and again', async () => {
    await sendBadInput(target, { rounds });
    const made = await api.createLink({ slug: 'afterwards' });
    assert.equal((await api.visit('afterwards')).headers.location, made.destinationUrl);
    assert.equal(await server.stop(), 0);
  });
});
