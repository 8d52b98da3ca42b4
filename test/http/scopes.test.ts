// Which scope every private route asks for, tried with a key of every single scope.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type KeyRequirement, meets, type Scope, scopes } from '../../src/accounts/scopes.ts';
import type { PrivateRoute, Route } from '../../src/http/router.ts';
import { addKey, addUser } from '../support/accounts.ts';
import type { ApiClient } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

const apiFolder = join(import.meta.dirname, '../../src/api');

/** Every route that a file of src/api declares. They are only looked at, so none of what they work with is needed. */
async function declaredRoutes(): Promise<Route[]> {
  const routes: Route[] = [];
  for (const file of readdirSync(apiFolder).toSorted()) {
    const exported = (await import(join(apiFolder, file))) as Record<string, unknown>;
    for (const [name, value] of Object.entries(exported)) {
      if (!name.endsWith('Routes') || typeof value !== 'function') continue;
      routes.push(...(value as (options: object) => Route[])({}));
    }
  }
  return routes;
}

const exceptions: ReadonlyMap<string, KeyRequirement> = new Map<string, KeyRequirement>([
  ['GET /me', 'any-key'],
  ['GET /usage', 'any-key'],
  ['GET /api-keys', 'full-key'],
  ['POST /api-keys', 'full-key'],
  // A key may always end itself; other keys are checked in the route.
  ['DELETE /api-keys/:id', 'any-key'],
  // Says what a visit would meet, and changes nothing.
  ['POST /links/:id/explain', 'links:read'],
  // Changes what links have counted.
  ['POST /analytics/reclassify', 'links:write'],
  // Of all users' links.
  ['POST /clicks/erasure', 'admin'],
  ['GET /clicks/erasure', 'admin'],
]);

/** The rule that the API documents: what is asked of decides, then whether it is read or written. */
function expectedRequirement(method: string, path: string): KeyRequirement | undefined {
  const exception = exceptions.get(`${method} ${path}`);
  if (exception !== undefined) return exception;
  const [, resource] = path.split('/');
  if (resource === 'analytics' || /\/(?:stats|clicks)(?:\/|$)/.test(path)) return 'analytics:read';
  if (resource === 'links' || resource === 'domains') return `${resource}:${method === 'GET' ? 'read' : 'write'}`;
  if (resource === 'webhooks' || resource === 'galleries' || resource === 'qr') return `${resource}:*`;
  return undefined;
}

const routes = (await declaredRoutes()).filter((route): route is PrivateRoute => route.scope !== 'public');
const shortPath = ({ path }: PrivateRoute): string => path.replace(/^\/api\/v1/, '');

describe('the scope of each private route', () => {
  it('is known for all of them', () => assert.ok(routes.length >= 14, `${routes.length} routes`));

  for (const route of routes) {
    it(`is what the API says: ${route.method} ${route.path}`, () => {
      assert.equal(route.scope, expectedRequirement(route.method, shortPath(route)));
    });
  }
});

describe('a key', () => {
  const clients = new Map<Scope | 'none named', ApiClient>();
  let address: string;
  before(async () => {
    const server = await startServer();
    address = server.address;
    const { client, id } = addUser(server);
    clients.set('none named', client);
    for (const scope of scopes) clients.set(scope, addKey(server, id, { scopes: [scope] }));
  });

  /** An answer that has no end is left when it has begun. */
  async function statusOfStream({ key }: ApiClient, path: string): Promise<number> {
    const response = await fetch(`${address}/api/v1${path}`, { headers: { Authorization: `Bearer ${key}` } });
    await response.body?.cancel();
    return response.status;
  }

  /** What the key may do, by what the server answers; ids are of nothing, and bodies are empty. */
  async function isAdmitted(client: ApiClient, { method, scope, ...route }: PrivateRoute): Promise<boolean> {
    const path = shortPath({ method, scope, ...route }).replaceAll(/:\w+/g, 'nothing');
    if (path === '/analytics/live') return (await statusOfStream(client, path)) === 200;
    const answer = await client.send(method, path, method === 'GET' || method === 'DELETE' ? undefined : {});
    assert.ok(answer.status < 500 && answer.status !== 401 && answer.status !== 405, `${path} ${answer.text}`);
    if (answer.status !== 403) return true;
    assert.equal(answer.error.code, 'FORBIDDEN');
    return false;
  }

  for (const scope of [...scopes, 'none named' as const]) {
    it(`of the scope ${scope} opens what it names, and nothing else`, async () => {
      const granted = scope === 'none named' ? null : [scope];
      for (const route of routes) {
        // The one route that decides for itself.
        const requirement = route.path === '/api/v1/api-keys/:id' ? 'full-key' : route.scope;
        assert.equal(
          await isAdmitted(clients.get(scope)!, route),
          meets({ scopes: granted }, requirement),
          `${route.method} ${route.path}`,
        );
      }
    });
  }

  it('that lacks a scope is told which', async () => {
    const answer = await clients.get('links:read')!.post('/links', { destinationUrl: 'https://example.com/' });
    assert.deepEqual(
      [answer.status, answer.error],
      [403, { code: 'FORBIDDEN', message: 'this key lacks the scope links:write' }],
    );
  });
});

describe('what a key meets', () => {
  it('is a scope that it has, or any where it has admin, or all but admin where it has none', () => {
    const cases: [granted: readonly Scope[] | null, requirement: KeyRequirement, expected: boolean][] = [
      [['links:read'], 'links:read', true],
      [['links:read'], 'links:write', false],
      [['links:write'], 'links:read', false],
      [['links:read'], 'any-key', true],
      [['links:read'], 'full-key', false],
      [scopes.filter((scope) => scope !== 'admin'), 'full-key', false],
      [['admin'], 'full-key', true],
      [['admin'], 'qr:*', true],
      [null, 'full-key', true],
      [null, 'qr:*', true],
      [null, 'admin', false],
    ];
    for (const [granted, requirement, expected] of cases) {
      assert.equal(meets({ scopes: granted }, requirement), expected, `${granted?.join()} ${requirement}`);
    }
  });
});
