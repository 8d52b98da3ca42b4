// The Short Links API of yeb.to: six POSTs below /v1/short-links.

import * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import { Faults } from '../../core/validation.ts';
import type { Answer } from '../../http/answer.ts';
import { actorOf, type ApiRequest, type PrivateRoute } from '../../http/router.ts';
import { TokenBuckets } from '../../http/token-buckets.ts';
import type { Scope } from '../../accounts/scopes.ts';
import type { CountedLink } from '../../links/link.ts';
import type { Dialect, DialectContext } from '../dialect.ts';
import { nativeNames } from '../field-names.ts';
import { readYebBody, type YebBody } from './yeb-body.ts';
import { parseYebChange, parseYebNewLink, yebLink, yebNames } from './yeb-link.ts';
import { yebSpeech } from './yeb-speech.ts';
import { yebStats } from './yeb-stats.ts';

const maxLimitedKeys = 10_000;
const names = nativeNames(yebNames);
const codeSchema = z.looseObject({ code: z.string().regex(/./s, 'is required') });

/** Which link is meant. */
function codeOf(fields: YebBody['fields']): string {
  const faults = new Faults();
  const given = faults.check(codeSchema, fields);
  faults.throwIfAny();
  return given!.code;
}

const answer = (data: object): Answer => ({ status: 200, body: { data } });

export function yebDialect(context: DialectContext): Dialect {
  const { links, inputContext, shortUrl, clock } = context;
  const shown = (counted: CountedLink): Answer => answer(yebLink(counted, new URL(shortUrl(counted.link)).origin));

  /** The caller's own, and not deleted. Throws NOT_FOUND. */
  const find = (userId: number, fields: YebBody['fields']): CountedLink => {
    const found = links.getByCode(userId, codeOf(fields));
    if (found.link.isArchived) throw new AppError('NOT_FOUND', 'no such link');
    return found;
  };

  const perSecond = context.yebRequestsPerSecond;
  const buckets =
    perSecond === 0
      ? undefined
      : new TokenBuckets({ capacity: perSecond, refillMs: 1000 / perSecond, maxKeys: maxLimitedKeys });
  const requireTurn = (keyId: string): void => {
    const waitMs = buckets?.take(keyId, clock.monotonic()) ?? 0;
    if (waitMs > 0)
      throw new AppError('RATE_LIMITED', 'too many requests', [], { retryAfterS: Math.ceil(waitMs / 1000) });
  };

  const route = (
    name: string,
    scope: Scope,
    handle: (request: ApiRequest, fields: YebBody['fields']) => Answer | Promise<Answer>,
  ): PrivateRoute => ({
    method: 'POST',
    path: `/v1/short-links/${name}`,
    scope,
    async handle(request) {
      requireTurn(request.identity.key.publicId);
      const { fields } = await readYebBody(request.headers, request.bytes);
      return names.translating(async () => handle(request, fields));
    },
  });

  const create = (name: string, advancedAnalytics: boolean): PrivateRoute =>
    route(name, 'links:write', async ({ identity, once }, fields) => {
      const wanted = parseYebNewLink(fields, advancedAnalytics, inputContext());
      return shown(await links.create(actorOf(identity), wanted, await once()));
    });

  return {
    speech: yebSpeech,
    routes: [
      create('create-basic', false),
      create('create-advanced', true),
      route('get', 'links:read', ({ identity }, fields) => shown(find(identity.userId, fields))),
      route('update', 'links:write', async ({ identity }, fields) => {
        const { link } = find(identity.userId, fields);
        const change = parseYebChange(fields, inputContext());
        return shown(await links.update(actorOf(identity), link.publicId, change));
      }),
      route('delete', 'links:write', async ({ identity }, fields) => {
        const { link } = find(identity.userId, fields);
        await links.archive(actorOf(identity), link.publicId);
        return answer({ deleted: true, code: codeOf(fields) });
      }),
      route('stats', 'analytics:read', async ({ identity }, fields) =>
        answer(await yebStats(find(identity.userId, fields), fields, context)),
      ),
    ],
  };
}
