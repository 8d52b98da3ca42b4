// Puts counted clicks into the outbox, for users who have a webhook for them. Where nobody has one, a batch of clicks costs one look-up.

import { clickPublicId } from '../clicks/click-id.ts';
import type { ClickObserver, CountedClick } from '../clicks/click-store.ts';
import { type EventName, putEvent, usersWanting } from '../storage/outbox-store.ts';
import type { Connection } from '../storage/query.ts';

interface LinkRow {
  readonly user_id: number;
  readonly public_id: string;
  readonly slug: string;
  readonly host: string;
  readonly destination_url: string;
}

const orNull = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text);
const isScan = (context: CountedClick['context']): boolean => context !== undefined && context.qr !== '';

export class ClickEvents implements ClickObserver {
  readonly #connection: Connection;
  readonly #findLink;
  // Of one batch: whatever changes a link comes before the clicks of its transaction.
  readonly #links = new Map<number, LinkRow | undefined>();
  #clickUsers: ReadonlySet<number> = new Set();
  #scanUsers: ReadonlySet<number> = new Set();

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#findLink = connection.prepare<[number], LinkRow>(
      `SELECT l.user_id, l.public_id, l.slug, d.host, l.destination_url FROM links l JOIN domains d ON d.id = l.domain_id
       WHERE l.id = ?`,
    );
  }

  begin(): boolean {
    this.#links.clear();
    this.#clickUsers = usersWanting(this.#connection, 'click');
    this.#scanUsers = usersWanting(this.#connection, 'qr.scanned');
    return this.#clickUsers.size > 0 || this.#scanUsers.size > 0;
  }

  counted(click: CountedClick): void {
    const { linkId, context } = click;
    let link = this.#links.get(linkId);
    if (link === undefined && !this.#links.has(linkId)) {
      link = this.#findLink.get(linkId);
      this.#links.set(linkId, link);
    }
    if (link === undefined) return;
    if (this.#clickUsers.has(link.user_id)) this.#put('click', link, click);
    if (isScan(context) && this.#scanUsers.has(link.user_id)) this.#put('qr.scanned', link, click);
  }

  #put(event: EventName, link: LinkRow, click: CountedClick): void {
    const { clickId, clickedAt, place, agent, referrer, context } = click;
    const data = {
      clickId: clickPublicId(clickId),
      linkId: link.public_id,
      slug: link.slug,
      domain: link.host,
      destinationUrl: link.destination_url,
      country: place?.country ?? null,
      city: place?.city ?? null,
      device: orNull(agent?.device),
      browser: orNull(agent?.browser),
      os: orNull(agent?.os),
      referrer: orNull(referrer?.host),
      qrCodeId: orNull(context?.qr),
    };
    putEvent(this.#connection, link.user_id, event, data, clickedAt);
  }
}
