// Which documents of a segment are meant: a bit for each, so that common pieces cost no more than rare ones.

import { maxDocuments } from './segment-parts.ts';

/** As many, one after the other, are a group. */
export const documentsPerGroup = 32;

export class DocumentSet {
  readonly words: Uint32Array;

  constructor(words: Uint32Array = new Uint32Array(maxDocuments >> 5)) {
    this.words = words;
  }

  /** The first `count` documents. */
  static first(count: number): DocumentSet {
    const set = new DocumentSet();
    set.words.fill(0xffff_ffff, 0, count >> 5);
    if ((count & 31) !== 0) set.words[count >> 5] = 2 ** (count & 31) - 1;
    return set;
  }

  add(document: number): void {
    this.words[document >> 5]! |= 1 << (document & 31);
  }

  remove(others: DocumentSet): void {
    for (let i = 0; i < this.words.length; i++) this.words[i]! &= ~others.words[i]!;
  }

  addAll(others: DocumentSet): void {
    for (let i = 0; i < this.words.length; i++) this.words[i]! |= others.words[i]!;
  }

  keepOnly(other: DocumentSet): void {
    for (let i = 0; i < this.words.length; i++) this.words[i]! &= other.words[i]!;
  }

  get size(): number {
    let size = 0;
    for (let word of this.words) {
      word -= (word >>> 1) & 0x5555_5555;
      word = (word & 0x3333_3333) + ((word >>> 2) & 0x3333_3333);
      size += Math.imul((word + (word >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
    }
    return size;
  }

  /** @param mayVisit passes over the groups for which it is false */
  forEach(visit: (document: number) => void, mayVisit?: (group: number) => boolean): void {
    for (let i = 0; i < this.words.length; i++) {
      if (this.words[i] === 0 || mayVisit?.(i) === false) continue;
      for (let word = this.words[i]!; word !== 0; word &= word - 1) visit((i << 5) + 31 - Math.clz32(word & -word));
    }
  }

  /** The same from the last to the first. */
  forEachBackwards(visit: (document: number) => void, mayVisit?: (group: number) => boolean): void {
    for (let i = this.words.length - 1; i >= 0; i--) {
      if (this.words[i] === 0 || mayVisit?.(i) === false) continue;
      for (let word = this.words[i]!; word !== 0;) {
        const bit = 31 - Math.clz32(word);
        visit((i << 5) + bit);
        word &= ~(1 << bit);
      }
    }
  }
}
