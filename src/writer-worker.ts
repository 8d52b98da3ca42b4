// The writer thread: wires the only writing connection, the click store and every operation together.

import { strict as assert } from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import { accountOperations } from './accounts/account-operations.ts';
import { ClickStore } from './clicks/click-store.ts';
import { clickOperations } from './clicks/click-operations.ts';
import { noteLoaded } from './core/worker-threads.ts';
import { recordCheck } from './domains/domain-check-store.ts';
import { addDomain, setDefaultHost } from './domains/domain-store.ts';
import { domainLinkOperations } from './links/domain-links-store.ts';
import { galleryOperations } from './galleries/gallery-write-store.ts';
import { itemOperations } from './galleries/item-write-store.ts';
import { linkBulkOperations } from './links/link-bulk-store.ts';
import { linkOperations } from './links/link-write-store.ts';
import { passwordVisitOperations } from './links/password-visit-store.ts';
import { qrOperations } from './qr/qr-write-store.ts';
import { searchOperations } from './links/search/search-write-store.ts';
import { jobOperations } from './scheduler/job-operations.ts';
import { EventSignal } from './storage/event-signal.ts';
import { forgetIdempotencyKeys } from './storage/idempotency-store.ts';
import { onStoredEvents } from './storage/outbox-store.ts';
import { openWriter } from './storage/database.ts';
import { pingWriter } from './storage/ping.ts';
import { keepSecret } from './storage/server-secret.ts';
import type { WriterData } from './storage/writer-protocol.ts';
import { runWriterThread } from './storage/writer-thread.ts';
import { ClickEvents } from './webhooks/click-events-store.ts';
import { webhookOperations } from './webhooks/webhook-operations.ts';

assert(parentPort !== null);
const { dataFolder, memory, eventSignal, syncClicks } = workerData as WriterData;
const connection = openWriter(dataFolder);
noteLoaded();
const signal = new EventSignal(eventSignal);
onStoredEvents(connection, () => signal.raise());
runWriterThread({
  connection,
  port: parentPort,
  operations: [
    pingWriter,
    keepSecret,
    forgetIdempotencyKeys,
    ...accountOperations,
    setDefaultHost,
    addDomain,
    recordCheck,
    ...domainLinkOperations,
    ...linkOperations,
    ...linkBulkOperations,
    ...passwordVisitOperations,
    ...galleryOperations,
    ...itemOperations,
    ...searchOperations,
    ...clickOperations,
    ...qrOperations,
    ...jobOperations,
    ...webhookOperations,
  ],
  clicks: new ClickStore(connection, memory, new ClickEvents(connection)),
  syncClicks,
});
