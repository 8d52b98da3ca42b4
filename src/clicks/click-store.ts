// Writes batches of hits on the writer thread: raw rows, roll-ups and totals in the batch's one transaction, so that they can
// never drift apart. Prepared statements only; what a batch repeats is added up before it touches the file.

import { strict as assert } from 'node:assert';
import { BoundedCache } from '../core/bounded-cache.ts';
import { quarterOf, utcDay } from '../core/periods.ts';
import type { Connection } from '../storage/query.ts';
import type { ClickWriter } from '../storage/writer-thread.ts';
import {
  type AgentEntry,
  type ClickBatch,
  ClickRecords,
  type ClickReply,
  maxBatchClicks,
  type NewTerms,
  unpackKind,
} from './click-batch.ts';
import { countedVerdict } from './verdict.ts';
import { emptySketch, withVisitor } from './visitor-sketch.ts';

// More than twice a batch: a link that the running batch has touched is never forgotten before its totals are written.
const cachedLinks = 4 * maxBatchClicks;
const cachedKinds = 100_000;
// Of a hit of which only the number is kept, whether it counts is all that is known.
const blankProfile = {
  country: '',
  device: '',
  browser: '',
  os: '',
  referrer: '',
  language: '',
} as const;

/** A link's totals as they will stand after the running transaction. */
interface LinkState {
  readonly linkId: number;
  clicks: number;
  lastClickedAt: number | null;
  lastClickId: number;
  day: number;
  visitors: Buffer;
  /** Hits of the running batch by quarter-hour and profile; emptied at its end. */
  readonly pending: Map<number, Map<number, number>>;
}

interface TotalsRow {
  clicks: number;
  last_clicked_at: number | null;
  last_click_id: number;
  day: number;
  visitors: Buffer;
}

interface Profile {
  readonly verdict: number;
  readonly country: string;
  readonly device: string;
  readonly browser: string;
  readonly os: string;
  readonly referrer: string;
  readonly language: string;
}

/** What a kind of visit stands for in the file. */
interface KnownKind {
  readonly profileId: number;
  readonly userAgentId: number;
  readonly counted: boolean;
}

/** The dictionaries that the main thread's numbers refer to. */
class ReceivedTerms {
  userAgents: AgentEntry[] = [{ text: '', device: '', browser: '', os: '' }];
  referrers: string[] = [''];
  languages: string[] = [''];
  countries: string[] = [''];

  add(terms: NewTerms): void {
    this.userAgents.push(...terms.userAgents);
    this.referrers.push(...terms.referrers);
    this.languages.push(...terms.languages);
    this.countries.push(...terms.countries);
  }
}

function prepareStatements(connection: Connection) {
  return {
    findTotals: connection.prepare<[number], TotalsRow>(
      'SELECT clicks, last_clicked_at, last_click_id, day, visitors FROM link_totals WHERE link_id = ?',
    ),
    putTotals: connection.prepare(
      `INSERT INTO link_totals (link_id, clicks, last_clicked_at, last_click_id, day, visitors) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (link_id) DO UPDATE SET clicks = excluded.clicks, last_clicked_at = excluded.last_clicked_at,
         last_click_id = excluded.last_click_id, day = excluded.day, visitors = excluded.visitors`,
    ),
    findVisitorDay: connection.prepare<[number, number], { visitors: Buffer }>(
      'SELECT visitors FROM visitor_days WHERE link_id = ? AND day = ?',
    ),
    putVisitorDay: connection.prepare(
      `INSERT INTO visitor_days (link_id, day, visitors) VALUES (?, ?, ?)
       ON CONFLICT (link_id, day) DO UPDATE SET visitors = excluded.visitors`,
    ),
    putClick: connection.prepare(
      `INSERT INTO clicks (id, link_id, clicked_at, profile_id, user_agent_id, visitor, address, previous_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    addToBucket: connection.prepare(
      `INSERT INTO click_buckets (bucket, link_id, profile_id, clicks) VALUES (?, ?, ?, ?)
       ON CONFLICT (bucket, link_id, profile_id) DO UPDATE SET clicks = clicks + excluded.clicks`,
    ),
    findProfile: connection.prepare<[number, string, string, string, string, string, string], { id: number }>(
      `SELECT id FROM profiles WHERE verdict = ? AND country = ? AND device = ? AND browser = ? AND os = ?
       AND referrer = ? AND language = ?`,
    ),
    putProfile: connection.prepare(
      'INSERT INTO profiles (verdict, country, device, browser, os, referrer, language) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    findUserAgent: connection.prepare<[string], { id: number }>('SELECT id FROM user_agents WHERE text = ?'),
    putUserAgent: connection.prepare('INSERT INTO user_agents (text) VALUES (?)'),
    lastClickId: connection.prepare<[], { id: number | null }>('SELECT max(id) AS id FROM clicks'),
  };
}

export class ClickStore implements ClickWriter {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #records: readonly [ClickRecords, ClickRecords];
  readonly #links = new BoundedCache<number, LinkState>(cachedLinks);
  readonly #kinds = new BoundedCache<number, KnownKind>(cachedKinds);
  #terms = new ReceivedTerms();
  // By verdict.
  readonly #blankKinds = new Map<number, KnownKind>();
  #nextClickId: number;
  #touched: LinkState[] = [];

  constructor(connection: Connection, memory: readonly [SharedArrayBuffer, SharedArrayBuffer]) {
    this.#statements = prepareStatements(connection);
    this.#records = [new ClickRecords(memory[0]), new ClickRecords(memory[1])];
    this.#nextClickId = this.#readNextClickId();
  }

  needsPower(clicks: unknown): boolean {
    return (clicks as ClickBatch).limited;
  }

  receive(clicks: unknown): void {
    const batch = clicks as ClickBatch;
    if (batch.restart) {
      this.#terms = new ReceivedTerms();
      this.#kinds.clear();
    }
    this.#terms.add(batch.terms);
  }

  write(clicks: unknown): ClickReply {
    const batch = clicks as ClickBatch;
    const records = this.#records[batch.buffer];
    const refused: number[] = [];
    for (let position = 0; position < batch.count; position++) {
      if (!this.#writeHit(records, position)) refused.push(position);
    }
    for (const link of this.#touched) this.#writeTotals(link);
    this.#touched = [];
    return { refused };
  }

  undone(): void {
    this.#links.clear();
    this.#kinds.clear();
    this.#blankKinds.clear();
    this.#touched = [];
    this.#nextClickId = this.#readNextClickId();
  }

  /** False when the link's limit is used up. */
  #writeHit(records: ClickRecords, position: number): boolean {
    const clickedAt = records.clickedAt(position);
    const totalOnly = records.totalOnly(position);
    const link = this.#link(records.linkId(position), clickedAt);
    const limit = records.limit(position);
    if (limit > 0 && link.clicks >= limit) return false;
    if (link.pending.size === 0) this.#touched.push(link);
    const packed = records.kind(position);
    const { profileId, userAgentId, counted } = totalOnly ? this.#blankKind(packed) : this.#kind(packed);
    if (!totalOnly) {
      const clickId = this.#nextClickId++;
      this.#statements.putClick.run(
        clickId,
        link.linkId,
        clickedAt,
        profileId,
        userAgentId,
        records.visitor(position),
        records.address(position),
        link.lastClickId,
      );
      link.lastClickId = clickId;
    }
    if (counted) this.#count(link, clickedAt, records.sketch(position), totalOnly);
    const bucket = quarterOf(clickedAt);
    let byProfile = link.pending.get(bucket);
    if (byProfile === undefined) link.pending.set(bucket, (byProfile = new Map<number, number>()));
    byProfile.set(profileId, (byProfile.get(profileId) ?? 0) + 1);
    return true;
  }

  #count(link: LinkState, clickedAt: number, sketchEntry: number, totalOnly: boolean): void {
    link.clicks++;
    if (link.lastClickedAt === null || clickedAt > link.lastClickedAt) link.lastClickedAt = clickedAt;
    if (totalOnly) return;
    const day = utcDay(clickedAt);
    if (day > link.day) {
      this.#statements.putVisitorDay.run(link.linkId, link.day, link.visitors);
      link.day = day;
      link.visitors = emptySketch;
    }
    if (day === link.day) link.visitors = withVisitor(link.visitors, sketchEntry);
    else this.#addToEarlierDay(link.linkId, day, sketchEntry);
  }

  /** The clock was set back over midnight. */
  #addToEarlierDay(linkId: number, day: number, sketchEntry: number): void {
    const visitors = this.#statements.findVisitorDay.get(linkId, day)?.visitors ?? emptySketch;
    this.#statements.putVisitorDay.run(linkId, day, withVisitor(visitors, sketchEntry));
  }

  #writeTotals(link: LinkState): void {
    this.#statements.putTotals.run(
      link.linkId,
      link.clicks,
      link.lastClickedAt,
      link.lastClickId,
      link.day,
      link.visitors,
    );
    for (const [bucket, byProfile] of link.pending) {
      for (const [profileId, clicks] of byProfile)
        this.#statements.addToBucket.run(bucket, link.linkId, profileId, clicks);
    }
    link.pending.clear();
  }

  #link(linkId: number, clickedAt: number): LinkState {
    let link = this.#links.get(linkId);
    if (link === undefined) {
      const row = this.#statements.findTotals.get(linkId);
      link = {
        linkId,
        clicks: row?.clicks ?? 0,
        lastClickedAt: row?.last_clicked_at ?? null,
        lastClickId: row?.last_click_id ?? 0,
        day: row?.day ?? utcDay(clickedAt),
        visitors: row?.visitors ?? emptySketch,
        pending: new Map(),
      };
      this.#links.set(linkId, link);
    }
    return link;
  }

  #kind(packed: number): KnownKind {
    let known = this.#kinds.get(packed);
    if (known === undefined) {
      const { userAgent, referrer, language, country, verdict } = unpackKind(packed);
      const agent = this.#terms.userAgents[userAgent];
      assert(agent !== undefined, 'a hit refers to a user agent that was never sent');
      const { text, device, browser, os } = agent;
      const profile = {
        verdict,
        country: this.#terms.countries[country] ?? '',
        device,
        browser,
        os,
        referrer: this.#terms.referrers[referrer] ?? '',
        language: this.#terms.languages[language] ?? '',
      };
      known = {
        profileId: this.#internProfile(profile),
        userAgentId: this.#internUserAgent(text),
        counted: verdict === countedVerdict,
      };
      this.#kinds.set(packed, known);
    }
    return known;
  }

  #blankKind(packed: number): KnownKind {
    const { verdict } = unpackKind(packed);
    let known = this.#blankKinds.get(verdict);
    if (known === undefined) {
      const profileId = this.#internProfile({ verdict, ...blankProfile });
      known = { profileId, userAgentId: 0, counted: verdict === countedVerdict };
      this.#blankKinds.set(verdict, known);
    }
    return known;
  }

  #internProfile({ verdict, country, device, browser, os, referrer, language }: Profile): number {
    const { findProfile, putProfile } = this.#statements;
    const found = findProfile.get(verdict, country, device, browser, os, referrer, language);
    return (
      found?.id ?? Number(putProfile.run(verdict, country, device, browser, os, referrer, language).lastInsertRowid)
    );
  }

  #internUserAgent(text: string): number {
    const { findUserAgent, putUserAgent } = this.#statements;
    return findUserAgent.get(text)?.id ?? Number(putUserAgent.run(text).lastInsertRowid);
  }

  #readNextClickId(): number {
    return (this.#statements.lastClickId.get()?.id ?? 0) + 1;
  }
}
