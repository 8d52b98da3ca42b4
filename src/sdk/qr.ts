// `signpost.qr`: QR codes, drawn once or saved. Images come as bytes.

import type { Operations, QrCode } from './api-types.ts';
import { Pages } from './pages.ts';
import { type CallOptions, segment, type Transport } from './transport.ts';

const anyImage = 'image/svg+xml, image/png';

export class QrClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The image itself; nothing is saved. */
  generate(code: Operations['generateQr']['body'], options?: CallOptions): Promise<Uint8Array> {
    return this.#transport.bytes({ method: 'POST', path: '/qr/generate', body: code, accept: anyImage, options });
  }

  /** With `linkId` the code leads to that link, and every scan is counted. */
  create(code: Operations['createQr']['body'], options?: CallOptions): Promise<QrCode> {
    return this.#transport.data({ method: 'POST', path: '/qr', body: code, options });
  }

  list(query: Operations['listQr']['query'] = {}, options?: CallOptions): Pages<QrCode> {
    return new Pages(this.#transport, { method: 'GET', path: '/qr', query, options });
  }

  get(id: string, options?: CallOptions): Promise<QrCode> {
    return this.#transport.data({ method: 'GET', path: `/qr/${segment(id)}`, options });
  }

  update(id: string, change: Operations['changeQr']['body'], options?: CallOptions): Promise<QrCode> {
    return this.#transport.data({ method: 'PATCH', path: `/qr/${segment(id)}`, body: change, options });
  }

  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#transport.json({ method: 'DELETE', path: `/qr/${segment(id)}`, options });
  }

  /** The image of a saved code. */
  download(id: string, query: Operations['downloadQr']['query'] = {}, options?: CallOptions): Promise<Uint8Array> {
    const path = `/qr/${segment(id)}/download`;
    return this.#transport.bytes({ method: 'GET', path, query, accept: anyImage, options });
  }

  /** A ZIP of the codes of many links. */
  downloadBatch(batch: Operations['downloadQrBatch']['body'], options?: CallOptions): Promise<Uint8Array> {
    return this.#transport.bytes({
      method: 'POST',
      path: '/qr/batch',
      body: batch,
      accept: 'application/zip',
      options,
    });
  }
}
