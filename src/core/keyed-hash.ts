// HMAC-SHA256 (RFC 2104) of many short texts under one key. Two plain hashes, each in one native call, take a sixth of the time of
// node's createHmac, which makes an object for every text.

import { strict as assert } from 'node:assert';
import { hash } from 'node:crypto';

const blockBytes = 64;
const hashBytes = 32;

export class KeyedHash {
  readonly #maxTextBytes: number;
  /** The key's inner padding, and room for the text. */
  readonly #inner: Buffer;
  /** The key's outer padding, and room for the inner hash. */
  readonly #outer: Buffer;

  /**
   * @param key 32 to 64 bytes: a longer one would have to be hashed first
   * @param maxTextBytes the most a text may take as UTF-8; a longer one is a bug of ours
   */
  constructor(key: Uint8Array, maxTextBytes: number) {
    assert(key.length >= hashBytes && key.length <= blockBytes);
    this.#maxTextBytes = maxTextBytes;
    this.#inner = Buffer.alloc(blockBytes + maxTextBytes);
    this.#outer = Buffer.alloc(blockBytes + hashBytes);
    for (let i = 0; i < blockBytes; i++) {
      const byte = key[i] ?? 0;
      this.#inner[i] = byte ^ 0x36;
      this.#outer[i] = byte ^ 0x5c;
    }
  }

  digest(text: string): Buffer {
    assert(Buffer.byteLength(text) <= this.#maxTextBytes);
    const length = this.#inner.write(text, blockBytes, 'utf8');
    hash('sha256', this.#inner.subarray(0, blockBytes + length), 'buffer').copy(this.#outer, blockBytes);
    return hash('sha256', this.#outer, 'buffer');
  }

  /** Afterwards the key is nowhere in here; nothing can be hashed any more. */
  forget(): void {
    this.#inner.fill(0);
    this.#outer.fill(0);
  }
}
