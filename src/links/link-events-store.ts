// What happens to links, put into the outbox in the transaction in which it happens. Whatever makes or changes a link ends here.

import { defaultDomainId } from '../domains/domain.ts';
import { defineOperation } from '../storage/operation.ts';
import { emitEvent, type EventName } from '../storage/outbox-store.ts';
import { type Connection, execute, oncePerConnection, query } from '../storage/query.ts';
import type { CountedLink, Link } from './link.ts';
import { clicksOf } from './link-store.ts';
import { originOf, viewOf } from './link-view.ts';

const originName = 'public_origin';
// Before the first start has come so far as to know better.
const unknownOrigin = 'http://localhost';

// Asked once for each link of a bulk call.
const statementsOf = oncePerConnection((connection) => ({
  origin: connection.prepare<[string], { value: Buffer }>('SELECT value FROM settings WHERE name = ?'),
  host: connection.prepare<[number], { host: string }>('SELECT host FROM domains WHERE id = ?'),
}));

/** Keeps the origin of the default domain's short URLs, which events name. */
export const keepPublicOrigin = defineOperation(
  'links.keep-public-origin',
  (connection, { origin }: { origin: string }): void => {
    if (statementsOf(connection).origin.get(originName)?.value.toString() === origin) return;
    const value = Buffer.from(origin);
    execute(
      connection,
      query
        .insertInto('settings')
        .values({ name: originName, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value })),
    );
  },
  { isRepeatable: true },
);

interface LinkEvent {
  readonly event: EventName;
  readonly link: Link;
  /** Called where somebody wants the event. */
  readonly clicks: () => Omit<CountedLink, 'link'>;
  readonly now: number;
}

function emit(connection: Connection, { event, link, clicks, now }: LinkEvent): void {
  const data = (): object => {
    const statements = statementsOf(connection);
    const { domainId } = link;
    const host = statements.host.get(domainId)?.host ?? '';
    const publicUrl = new URL(statements.origin.get(originName)?.value.toString() ?? unknownOrigin);
    return viewOf({ link, ...clicks() }, { host, origin: originOf(host, domainId === defaultDomainId, publicUrl) });
  };
  emitEvent(connection, { userId: link.userId, event, data, now });
}

export function tellCreated(connection: Connection, link: Link): void {
  const clicks = () => ({ clickCount: 0, lastClickedAt: null });
  emit(connection, { event: 'link.created', link, clicks, now: link.createdAt });
}

/** A link that goes into the archive is deleted as far as its visitors are concerned; one that comes back was updated. */
export function tellChanged(connection: Connection, before: Link, after: Link, now: number): void {
  const isDeleted = after.isArchived && !before.isArchived;
  const event = isDeleted ? 'link.deleted' : 'link.updated';
  emit(connection, { event, link: after, clicks: () => clicksOf(connection, after.id), now });
}
