// POST and GET /analytics/reclassify: today's rules for stored hits. POST and GET /clicks/erasure: one visitor's address out of them.

import * as z from 'zod';
import { canonicalAddress } from '../clicks/address-privacy.ts';
import type { ClickJob } from '../clicks/click-job-store.ts';
import type { ClickJobs } from '../clicks/click-jobs.ts';
import { textField } from '../core/text-field.ts';
import { Faults } from '../core/validation.ts';
import { type Answer, data } from '../http/answer.ts';
import { dataDocs, type Documented, type ResponseDocs } from '../http/route-docs.ts';
import type { PrivateRoute } from '../http/router.ts';
import type { Links } from '../links/links.ts';

interface ClickJobRoutesOptions {
  readonly jobs: ClickJobs;
  readonly links: Links;
}

const instant = z.string().meta({ format: 'date-time' });
const jobSchema = z
  .object({
    status: z.enum(['running', 'done', 'failed']),
    progress: z.number().min(0).max(1).describe('Of all hits that are to be looked at.'),
    examined: z.int().min(0).describe('Hits that were looked at.'),
    changed: z.int().min(0).describe('Hits that are different now.'),
    startedAt: instant,
    finishedAt: instant.nullable(),
    problem: z.string().nullable().describe('Why it failed.'),
  })
  .meta({ id: 'ClickJob', description: 'Work on stored hits, in small steps; it goes on after a restart.' });

const jobExample: z.output<typeof jobSchema> = {
  status: 'running',
  progress: 0.25,
  examined: 250_000,
  changed: 1_204,
  startedAt: '2026-07-14T16:20:05.120Z',
  finishedAt: null,
  problem: null,
};

const reclassifySchema = z.strictObject({
  linkId: textField(100).optional().describe('Of this link alone; of all of yours where absent.'),
});
const erasureSchema = z.strictObject({
  address: textField(100).describe('An IPv4 or IPv6 address, in any spelling.'),
});

function jobObject(job: ClickJob): z.output<typeof jobSchema> {
  const { position, endPosition, examined, changed, createdAt, finishedAt, problem } = job;
  return {
    status: finishedAt === null ? 'running' : problem === null ? 'done' : 'failed',
    progress: finishedAt !== null && problem === null ? 1 : endPosition === 0 ? 0 : position / endPosition,
    examined,
    changed,
    startedAt: new Date(createdAt).toISOString(),
    finishedAt: finishedAt === null ? null : new Date(finishedAt).toISOString(),
    problem,
  };
}

function accepted(job: ClickJob): Answer {
  return data(jobObject(job), 202);
}

const acceptedDocs: ResponseDocs = dataDocs('It has begun.', jobSchema, jobExample);
const latestDocs: ResponseDocs = dataDocs('The last one; null where there was none.', jobSchema.nullable(), jobExample);

export function clickJobRoutes({ jobs, links }: ClickJobRoutesOptions): Documented<PrivateRoute>[] {
  const latest = (kind: ClickJob['kind'], userId: number | null): Answer => {
    const job = jobs.latest(kind, userId);
    return data(job === undefined ? null : jobObject(job));
  };
  return [
    {
      method: 'POST',
      path: '/api/v1/analytics/reclassify',
      scope: 'links:write',
      docs: {
        id: 'reclassifyClicks',
        tag: 'Statistics',
        summary: "Apply today's rules to stored hits",
        description:
          'User agents, filtered networks, the duplicate window and `filterBots` as they are now decide anew which stored hits count; totals and ' +
          'statistics follow. `head`, `prefetch` and `preview_page` stay, and so does what is kept of no visit. What a click limit has used up stays used up.',
        takesIdempotencyKey: true,
        body: {
          schema: reclassifySchema,
          examples: { 'All links': {}, 'One link': { linkId: 'lnk_4fQmT2rVx8YbNc1Z' } },
        },
        responses: { 202: acceptedDocs },
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
      async handle({ identity, json, once }) {
        const faults = new Faults();
        const asked = faults.check(reclassifySchema, await json());
        faults.throwIfAny();
        const linkId = asked!.linkId === undefined ? null : links.get(identity.userId, asked!.linkId).link.id;
        const job = { kind: 'reclassify', userId: identity.userId, linkId, input: null } as const;
        return accepted(await jobs.start(job, await once()));
      },
    },
    {
      method: 'GET',
      path: '/api/v1/analytics/reclassify',
      scope: 'analytics:read',
      docs: {
        id: 'getReclassification',
        tag: 'Statistics',
        summary: 'See how far the last reclassification is',
        responses: { 200: latestDocs },
        errors: [],
      },
      handle: ({ identity }) => latest('reclassify', identity.userId),
    },
    {
      method: 'POST',
      path: '/api/v1/clicks/erasure',
      scope: 'admin',
      docs: {
        id: 'eraseVisitor',
        tag: 'Statistics',
        summary: "Take one visitor's address out of all stored hits",
        description:
          'Address and visitor hash of every hit with this address are removed, on every link of the server; totals and statistics stay. Where addresses are ' +
          'stored truncated, those of the whole network are: which of its hits were the visitor’s is not known any more.',
        takesIdempotencyKey: true,
        body: { schema: erasureSchema, examples: { 'An address': { address: '203.0.113.77' } } },
        responses: { 202: acceptedDocs },
        errors: ['CONFLICT'],
      },
      async handle({ json, once }) {
        const faults = new Faults();
        const asked = faults.check(erasureSchema, await json());
        const address = asked === undefined ? null : canonicalAddress(asked.address);
        if (asked !== undefined && address === null) faults.add('address', 'is not an IP address');
        faults.throwIfAny();
        const job = { kind: 'erase', userId: null, linkId: null, input: address } as const;
        return accepted(await jobs.start(job, await once()));
      },
    },
    {
      method: 'GET',
      path: '/api/v1/clicks/erasure',
      scope: 'admin',
      docs: {
        id: 'getErasure',
        tag: 'Statistics',
        summary: 'See how far the last erasure is',
        responses: { 200: latestDocs },
        errors: [],
      },
      handle: () => latest('erase', null),
    },
  ];
}
