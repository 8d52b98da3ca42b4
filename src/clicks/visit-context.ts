// What is counted about a visit besides place, browser and referrer: language, campaign, where it was sent, the QR code it came by.
// One frozen object for equal contexts as long as it is cached, so that the recorder can number them without building a key.

import { BoundedCache } from '../core/bounded-cache.ts';
import type { RedirectTarget } from '../links/link.ts';
import type { Utm } from '../links/query.ts';

export const utmFields = ['source', 'medium', 'campaign', 'term', 'content'] as const;

/** '' stands for unknown or none. */
export interface VisitContext {
  /** Primary language subtag. */
  readonly language: string;
  readonly utm: Readonly<Record<(typeof utmFields)[number], string>>;
  readonly target: RedirectTarget | '';
  /** Public id of the QR code that was scanned. */
  readonly qr: string;
}

export const maxUtmLength = 100;

interface VisitDetails {
  readonly language: string;
  readonly target: RedirectTarget | '';
  readonly qr: string;
  /** The visitor's raw query, without `?`, as node:http hands it over. */
  readonly query: string;
  /** The link's own campaign, which holds where the visitor's query says nothing. */
  readonly utm: Utm;
}

// eslint-disable-next-line no-control-regex -- they are what is being taken out
const controls = /[\u0000-\u001f\u007f-\u009f]/g;
const ascii = /^[\u0020-\u007e]*$/;

function campaignText(value: string): string {
  const text = value.length <= maxUtmLength ? value : value.slice(0, maxUtmLength);
  return text.replace(controls, '').toWellFormed();
}

type Campaign = VisitContext['utm'];

function campaignFrom(valueOf: (field: (typeof utmFields)[number]) => string): Campaign {
  return Object.freeze({
    source: campaignText(valueOf('source')),
    medium: campaignText(valueOf('medium')),
    campaign: campaignText(valueOf('campaign')),
    term: campaignText(valueOf('term')),
    content: campaignText(valueOf('content')),
  });
}

function campaignOfQuery(query: string): Campaign {
  const parameters = new URLSearchParams(ascii.test(query) ? query : Buffer.from(query, 'latin1').toString());
  return campaignFrom((field) => parameters.get(`utm_${field}`) ?? '');
}

const noCampaign = campaignFrom(() => '');
/** A longer query is rarely sent again, and would be kept as well. */
const maxRememberedQuery = 256;

function hasCampaign(query: string, { source, medium, campaign, term, content }: Utm): boolean {
  return !!source || !!medium || !!campaign || !!term || !!content || query.includes('utm_');
}

/** Remembers the last `capacity` contexts. */
export class VisitContexts {
  readonly #plain: BoundedCache<string, VisitContext>;
  readonly #others: BoundedCache<string, VisitContext>;
  /** Of queries that name one: parsing costs more than all the rest. */
  readonly #ofQueries = new BoundedCache<string, Campaign>(4_096);
  readonly #ofLinks = new WeakMap<Utm, Campaign>();

  constructor(capacity = 16_384) {
    this.#plain = new BoundedCache(1_024);
    this.#others = new BoundedCache(capacity);
  }

  of({ language, target, qr, query, utm }: VisitDetails): VisitContext {
    if (target === 'destination' && qr === '' && !hasCampaign(query, utm)) {
      let plain = this.#plain.get(language);
      if (plain === undefined) {
        plain = Object.freeze({ language, utm: noCampaign, target, qr });
        this.#plain.set(language, plain);
      }
      return plain;
    }
    const campaign = hasCampaign(query, utm) ? this.#campaignOf(query, utm) : noCampaign;
    const { source, medium, campaign: name, term, content } = campaign;
    // None of them can contain a line feed.
    const key = `${language}\n${target}\n${qr}\n${source}\n${medium}\n${name}\n${term}\n${content}`;
    let context = this.#others.get(key);
    if (context === undefined) {
      context = Object.freeze({ language, utm: Object.freeze(campaign), target, qr });
      this.#others.set(key, context);
    }
    return context;
  }

  /** The visitor's fields where they are not empty, else the link's. */
  #campaignOf(query: string, utm: Utm): Campaign {
    const own = this.#ofLink(utm);
    if (!query.includes('utm_')) return own;
    const asked = this.#ofQuery(query);
    return {
      source: asked.source || own.source,
      medium: asked.medium || own.medium,
      campaign: asked.campaign || own.campaign,
      term: asked.term || own.term,
      content: asked.content || own.content,
    };
  }

  #ofLink(utm: Utm): Campaign {
    let campaign = this.#ofLinks.get(utm);
    if (campaign === undefined) this.#ofLinks.set(utm, (campaign = campaignFrom((field) => utm[field] ?? '')));
    return campaign;
  }

  #ofQuery(query: string): Campaign {
    if (query.length > maxRememberedQuery) return campaignOfQuery(query);
    let campaign = this.#ofQueries.get(query);
    if (campaign === undefined) {
      campaign = campaignOfQuery(query);
      // Through bytes, or the key would keep the whole request alive.
      this.#ofQueries.set(Buffer.from(query).toString(), campaign);
    }
    return campaign;
  }
}
