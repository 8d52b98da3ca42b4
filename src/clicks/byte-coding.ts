// Numbers as bytes, as roll-ups are stored: variable-length for sums, planes of bytes for rows, which a general compressor then
// shortens. Readers throw where bytes end too early or say something that this program never wrote.

import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

const maxVarintBytes = 8;
// Below this, a compressor's own tables cost more than they save.
const minCompressedBytes = 512;
// Bounds what a damaged length can make us allocate; a roll-up has far fewer rows.
const maxPlaneBytes = 2 ** 20;
const fast = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export class ByteWriter {
  #bytes = Buffer.allocUnsafe(4_096);
  #length = 0;

  /** @param value a whole number from 0 to 2^53 */
  varint(value: number): void {
    this.#reserve(maxVarintBytes);
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Bytes whose number the reader knows. */
  plane(bytes: Uint8Array): void {
    const compressed = bytes.length < minCompressedBytes ? bytes : zstdCompressSync(bytes, fast);
    const isShorter = compressed.length < bytes.length;
    const stored = isShorter ? compressed : bytes;
    this.varint(stored.length * 2 + (isShorter ? 1 : 0));
    this.#reserve(stored.length);
    this.#bytes.set(stored, this.#length);
    this.#length += stored.length;
  }

  /** Numbers below 2^16, the lower bytes apart from the higher ones, which are alike and compress well. */
  planes(values: Uint16Array, hasHighBytes: boolean): void {
    const plane = new Uint8Array(values.length);
    for (let i = 0; i < values.length; i++) plane[i] = values[i]! & 255;
    this.plane(plane);
    if (!hasHighBytes) return;
    for (let i = 0; i < values.length; i++) plane[i] = values[i]! >> 8;
    this.plane(plane);
  }

  finish(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    this.#bytes = Buffer.concat([this.#bytes], Math.max(this.#bytes.length * 2, this.#length + bytes));
  }
}

export class ByteReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get position(): number {
    return this.#position;
  }

  varint(): number {
    let byte = this.#next();
    if (byte < 128) return byte;
    let value = byte - 128;
    let scale = 128;
    do {
      byte = this.#next();
      value += (byte % 128) * scale;
      scale *= 128;
    } while (byte >= 128);
    return value;
  }

  skipPlane(): void {
    const head = this.varint();
    this.#position += Math.floor(head / 2);
    if (this.#position > this.#bytes.length) throw endedEarly();
  }

  plane(length: number): Uint8Array {
    const head = this.varint();
    const start = this.#position;
    this.#position += Math.floor(head / 2);
    if (this.#position > this.#bytes.length) throw endedEarly();
    const stored = this.#bytes.subarray(start, this.#position);
    const plane = head % 2 === 0 ? stored : zstdDecompressSync(stored, { maxOutputLength: maxPlaneBytes });
    if (plane.length !== length) throw new Error(`a roll-up has ${plane.length} rows where ${length} are expected`);
    return plane;
  }

  planes(length: number, hasHighBytes: boolean): Uint16Array {
    const values = new Uint16Array(this.plane(length));
    if (!hasHighBytes) return values;
    const high = this.plane(length);
    for (let i = 0; i < length; i++) values[i] = values[i]! + high[i]! * 256;
    return values;
  }

  #next(): number {
    const byte = this.#bytes[this.#position++];
    if (byte === undefined) throw endedEarly();
    return byte;
  }
}

function endedEarly(): Error {
  return new Error('a roll-up ends too early');
}
