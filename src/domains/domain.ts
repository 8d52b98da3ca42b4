// What a domain is, and which one a Host header names.

import { domainToASCII } from 'node:url';
import type { ProofProblem } from './proof.ts';

export const defaultDomainId = 1;

export const domainStatuses = ['pending', 'verified', 'failed'] as const;
export type DomainStatus = (typeof domainStatuses)[number];

export const slugCases = ['sensitive', 'insensitive'] as const;
export type SlugCase = (typeof slugCases)[number];

/** How slugs are found on a domain. */
export interface SlugRule {
  readonly slugCase: SlugCase;
  /** Whether there may be links that are found in any case, be it that slugs are case-sensitive by now. */
  readonly hasFoldedSlugs: boolean;
}

/** What its owner may set. */
export interface DomainSettings {
  /** Where `/` leads; null: to the built-in page. */
  readonly defaultRedirectUrl: string | null;
  /** Where unknown paths lead; null: to the built-in page. */
  readonly notFoundUrl: string | null;
  readonly slugCase: SlugCase;
  /** For how long single clicks are kept; null: as long as the server keeps them. */
  readonly clickRetentionDays: number | null;
}

export interface Domain extends DomainSettings, SlugRule {
  readonly id: number;
  readonly publicId: string;
  /** null: open to every user of the server. */
  readonly userId: number | null;
  /** Lower case, ASCII, without port. */
  readonly host: string;
  readonly status: DomainStatus;
  /** Whether requests for the host are answered from this domain; of those with the same host, one does. */
  readonly serves: boolean;
  readonly verificationToken: string;
  /** When it was first proved. */
  readonly verifiedAt: number | null;
  /** When the proof was last looked for. */
  readonly checkedAt: number | null;
  /** What was wrong then. */
  readonly problem: ProofProblem | null;
  /** Of a domain that serves: since when every check has failed. */
  readonly failingSince: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A domain's name as it is stored, where it is one. */
export function storedName(name: string): string {
  const lower = name.toLowerCase().replace(/\.$/, '');
  // eslint-disable-next-line no-control-regex -- all of ASCII
  return /^[\u0000-\u007f]*$/.test(lower) ? lower : domainToASCII(lower);
}

/** The host of a Host header (`host` or `host:port`), in lower case. */
export function hostName(header: string): string {
  const name = header.startsWith('[') ? header.slice(0, header.indexOf(']') + 1) : header.replace(/:\d*$/, '');
  return name.toLowerCase().replace(/\.$/, '');
}

/**
 * The domains that were ever verified, in memory: looked up for every redirect, and told of every write. Domains that are
 * still pending are in the database alone.
 */
export class Domains {
  readonly #byHost = new Map<string, Domain>();
  readonly #byId = new Map<number, Domain>();

  constructor(domains: readonly Domain[]) {
    this.replaceAll(domains);
  }

  /** What is in the database now, where somebody else has written to it. */
  replaceAll(domains: readonly Domain[]): void {
    this.#byHost.clear();
    this.#byId.clear();
    for (const domain of domains) this.put(domain);
    if (!this.#byId.has(defaultDomainId)) throw new Error('the default domain is missing');
  }

  get default(): Domain {
    return this.#byId.get(defaultDomainId) as Domain;
  }

  byId(id: number): Domain | undefined {
    return this.#byId.get(id);
  }

  /** The domains on which a user may make links, the default one first. */
  openTo(userId: number): Domain[] {
    const custom = [...this.custom()].filter((domain) => domain.userId === userId || domain.userId === null);
    return [this.default, ...custom];
  }

  /** The domain that serves this name, in any case, with Unicode or its ASCII form. */
  byName(name: string): Domain | undefined {
    return this.#byHost.get(storedName(name));
  }

  /**
   * The domain that a Host header (`host` or `host:port`) names. Any other name is the default domain: a small server is
   * also reached by its address, by localhost, or by a name that only its proxy knows.
   */
  byHostHeader(header: string): Domain {
    return this.#byHost.get(header) ?? this.#byHost.get(hostName(header)) ?? this.default;
  }

  /** Whether a destination's host (URL.hostname) is one of ours: redirecting there would go round in circles. */
  isOwn(host: string): boolean {
    return this.#byHost.has(host.toLowerCase());
  }

  /** Whether a name, in lower or upper case, is a verified domain or the default one. */
  serves(name: string): boolean {
    return this.#byHost.has(hostName(name));
  }

  /** Custom domains that serve. */
  *custom(): Generator<Domain> {
    for (const domain of this.#byHost.values()) if (domain.id !== defaultDomainId) yield domain;
  }

  /** A domain as it has just been committed. */
  put(domain: Domain): void {
    this.drop(domain.id);
    if (domain.verifiedAt === null) return;
    this.#byId.set(domain.id, domain);
    if (domain.serves) this.#byHost.set(domain.host, domain);
  }

  /** Forgets a domain that is gone. */
  drop(id: number): void {
    const known = this.#byId.get(id);
    if (known === undefined) return;
    this.#byId.delete(id);
    // Another may have taken its host over.
    if (this.#byHost.get(known.host)?.id === id) this.#byHost.delete(known.host);
  }
}
