// The part of the application that has to do with QR codes: their routes, and the threads that draw them. Wired by application.ts.

import type { LinkPresenter } from './api/link-object.ts';
import { qrRoutes } from './api/qr.ts';
import { QrPresenter } from './api/qr-object.ts';
import type { Clock } from './core/clock.ts';
import type { Documented } from './http/route-docs.ts';
import type { Route } from './http/router.ts';
import type { Links } from './links/links.ts';
import { OutgoingClient } from './outgoing/outgoing-client.ts';
import { openDrawingPool } from './qr/drawing-pool.ts';
import { LogoSource } from './qr/logo-source.ts';
import { QrBatches } from './qr/qr-batch.ts';
import { QrCodes } from './qr/qr-codes.ts';
import type { Connection } from './storage/query.ts';
import type { Writer } from './storage/writer.ts';

interface QrApplicationOptions {
  readonly reader: Connection;
  readonly writer: Writer;
  readonly links: Links;
  readonly presenter: LinkPresenter;
  /** Hosts and networks that logos may be fetched from although they are not public. */
  readonly allow: readonly string[];
  /** Of the default domain; known for certain once the server listens. */
  readonly origin: () => string;
  readonly clock: Clock;
}

export interface QrApplication {
  readonly routes: readonly Documented<Route>[];
  close(): Promise<void>;
}

export function buildQrApplication(options: QrApplicationOptions): QrApplication {
  const { reader, writer, links, presenter, origin, clock } = options;
  const pool = openDrawingPool();
  const client = new OutgoingClient({ allow: options.allow });
  const codes = new QrCodes({
    reader,
    writer,
    links,
    pool,
    logos: new LogoSource(client),
    originOf: (domainId) => presenter.originOf(domainId),
    clock,
  });
  return {
    routes: qrRoutes({
      codes,
      batches: new QrBatches({ links, pool, shortUrl: (link) => presenter.shortUrl(link) }),
      presenter: new QrPresenter({ codes, links: presenter, origin }),
      pool,
    }),
    close() {
      client.close();
      return pool.close();
    },
  };
}
