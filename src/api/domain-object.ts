// The native domain object, and what may be sent about a domain.

import * as z from 'zod';
import { textField } from '../core/text-field.ts';
import { Faults } from '../core/validation.ts';
import { maxGivenLength } from '../domains/domain-name.ts';
import { type Domain, type DomainSettings, domainStatuses, slugCases } from '../domains/domain.ts';
import { problemText, proofProblems, proofRecord } from '../domains/proof.ts';
import { type DestinationRules, maxUrlBytes, parseDestination } from '../links/destination.ts';

const maxRetentionDays = 3_650;

const url = z.string().meta({ maxLength: maxUrlBytes });

const settingFields = {
  defaultRedirectUrl: url.nullish().describe('Where the bare domain leads; null: to a small page of our own.'),
  notFoundUrl: url
    .nullish()
    .describe(
      'Where people are led who open an unknown path; null: to a page that says so. Programs always get a 404.',
    ),
  slugCase: z
    .enum(slugCases)
    .nullish()
    .describe(
      'Whether `/Sale` and `/sale` are two links or one. Default: `sensitive`. Links that were found in any case always will be.',
    ),
  clickRetentionDays: z
    .int()
    .min(1)
    .max(maxRetentionDays)
    .nullish()
    .describe('For how many days single clicks are kept; null: as long as the server keeps them.'),
};

/** Body of `POST /domains`. */
export const newDomainSchema = z
  .strictObject({
    domain: textField(maxGivenLength, 1)
      .describe('The name alone. Unicode is turned into its ASCII form.')
      .meta({ examples: ['go.example.com'] }),
    ...settingFields,
  })
  .meta({ id: 'NewDomain' });

/** Body of `PATCH /domains/:id`. A domain keeps its name: printed links carry it. */
export const domainChangeSchema = z.strictObject(settingFields).meta({
  id: 'DomainChange',
  description: 'What changes; absent fields stay as they are, and null is back to the default.',
});

const instant = z.string().meta({ format: 'date-time' });

export const domainSchema = z
  .object({
    id: z.string(),
    domain: z.string().describe('Lower case, ASCII.'),
    verificationStatus: z
      .enum(domainStatuses)
      .describe(
        '`failed`: it was verified, and has not been for 7 days. Its links go on working, but none can be added, and another user may prove it.',
      ),
    verificationToken: z.string(),
    verificationRecord: z
      .object({ type: z.literal('TXT'), name: z.string(), value: z.string() })
      .describe('The record to set in the DNS.'),
    verificationProblem: z
      .object({ reason: z.enum(proofProblems), message: z.string() })
      .nullable()
      .describe('What was wrong when the record was last looked for; null: nothing, or it was not looked for yet.'),
    verifiedAt: instant.nullable().describe('When it was first verified.'),
    lastCheckedAt: instant.nullable(),
    sslStatus: z
      .literal('external')
      .describe('Certificates are the business of the proxy before this server, which therefore does not know.'),
    defaultRedirectUrl: z.string().nullable(),
    notFoundUrl: z.string().nullable(),
    slugCase: z.enum(slugCases),
    clickRetentionDays: z.int().min(1).nullable(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'Domain', description: 'A custom domain. Every key is always there; what is absent is null.' });

export type DomainObject = z.output<typeof domainSchema>;

const time = (milliseconds: number): string => new Date(milliseconds).toISOString();
const timeOrNull = (milliseconds: number | null): string | null => (milliseconds === null ? null : time(milliseconds));

export function domainObject(domain: Domain): DomainObject {
  const { host, verificationToken, problem } = domain;
  return {
    id: domain.publicId,
    domain: host,
    verificationStatus: domain.status,
    verificationToken,
    verificationRecord: proofRecord(host, verificationToken),
    verificationProblem: problem === null ? null : { reason: problem, message: problemText(problem, host) },
    verifiedAt: timeOrNull(domain.verifiedAt),
    lastCheckedAt: timeOrNull(domain.checkedAt),
    sslStatus: 'external',
    defaultRedirectUrl: domain.defaultRedirectUrl,
    notFoundUrl: domain.notFoundUrl,
    slugCase: domain.slugCase,
    clickRetentionDays: domain.clickRetentionDays,
    createdAt: time(domain.createdAt),
    updatedAt: time(domain.updatedAt),
  };
}

const defaults = {
  defaultRedirectUrl: null,
  notFoundUrl: null,
  slugCase: 'sensitive',
  clickRetentionDays: null,
} as const;

type SettingFields = z.output<typeof domainChangeSchema>;

/** URLs in their stored form, null as the default; absent fields stay absent. */
function readSettings(shape: SettingFields, faults: Faults, rules: DestinationRules): Partial<DomainSettings> {
  const target = (name: 'defaultRedirectUrl' | 'notFoundUrl') => {
    const given = shape[name];
    return typeof given === 'string' ? faults.attempt(() => parseDestination(given, name, rules)) : given;
  };
  const { slugCase, clickRetentionDays } = shape;
  const read = {
    defaultRedirectUrl: target('defaultRedirectUrl'),
    notFoundUrl: target('notFoundUrl'),
    slugCase: slugCase === null ? defaults.slugCase : slugCase,
    clickRetentionDays,
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

/** The name is as given, yet to be parsed. Throws VALIDATION_ERROR or INVALID_URL, with details. */
export function parseNewDomain(body: unknown, rules: DestinationRules): { domain: string; settings: DomainSettings } {
  const faults = new Faults();
  const shape = faults.check(newDomainSchema, body);
  const settings = readSettings(shape ?? {}, faults, rules);
  faults.throwIfAny();
  return { domain: shape!.domain, settings: { ...defaults, ...settings } };
}

/** Throws VALIDATION_ERROR or INVALID_URL, with details. */
export function parseDomainChange(body: unknown, rules: DestinationRules): Partial<DomainSettings> {
  const faults = new Faults();
  const settings = readSettings(faults.check(domainChangeSchema, body) ?? {}, faults, rules);
  faults.throwIfAny();
  return settings;
}
