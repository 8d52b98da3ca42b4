// Fetches the logo of a saved code from where its owner says that it lies: once, through the guarded client, within bounds.

import { AppError, invalidField } from '../core/errors.ts';
import { type OutgoingClient, OutgoingError } from '../outgoing/outgoing-client.ts';
import { maxLogoBytes } from './logo.ts';

/** At once: each may take the client's whole time. */
const maxAtOnce = 4;

export class LogoSource {
  readonly #client: OutgoingClient;
  #running = 0;

  constructor(client: OutgoingClient) {
    this.#client = client;
  }

  /** Throws VALIDATION_ERROR for `logoUrl`; what it says tells nothing of the network that we are in. */
  async fetch(text: string): Promise<Uint8Array> {
    const url = URL.parse(text);
    if (url === null) throw invalidField('logoUrl', 'logoUrl must be an absolute https:// URL');
    const fault = this.#client.urlFault(url);
    if (fault !== undefined) throw invalidField('logoUrl', `logoUrl ${fault}`);
    if (this.#running >= maxAtOnce) throw new AppError('UNAVAILABLE', 'too many logos are being fetched');
    this.#running++;
    try {
      const answer = await this.#client.send({
        url,
        method: 'GET',
        headers: { Accept: 'image/png, image/jpeg, image/svg+xml' },
        maxBytes: maxLogoBytes,
      });
      if (answer.status !== 200) throw invalidField('logoUrl', `logoUrl answers ${answer.status} instead of 200`);
      if (!answer.isWhole) throw invalidField('logoUrl', `logoUrl is larger than ${maxLogoBytes / 1024} kB`);
      return answer.body;
    } catch (error) {
      if (error instanceof OutgoingError) throw invalidField('logoUrl', `logoUrl cannot be fetched: ${error.message}`);
      throw error;
    } finally {
      this.#running--;
    }
  }
}
