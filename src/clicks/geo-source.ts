// The geo database in use: the one that the program carries, or a file of the operator's that is swapped whenever it changes,
// without a restart. A file that cannot be read then is refused with a line in the log, and the one before it goes on.

import type { Logger } from 'pino';
import { WatchedFile } from '../core/watched-file.ts';
import { type Geo, openGeo } from './geo.ts';
import { type Place, Places } from './place.ts';

// A whole GeoIP2 Enterprise has some 400 MB.
const maxFileBytes = 2 ** 30;

export class GeoSource {
  /** Rises with every swap: whoever keeps places compares. */
  generation = 0;
  readonly #places = new Places();
  #geo!: Geo;
  #file: WatchedFile | undefined;

  private constructor() {}

  /** @param bytes of the database that the program carries */
  static embedded(bytes: Buffer): GeoSource {
    const source = new GeoSource();
    source.#use(bytes);
    return source;
  }

  /** Throws an Error of one line when the file cannot be used. */
  static file(path: string, log: Logger): GeoSource {
    const source = new GeoSource();
    source.#file = WatchedFile.open({
      path,
      maxBytes: maxFileBytes,
      take: (bytes) => source.#use(bytes),
      onTaken: () => log.info({ path, ...source.description }, 'geo.database has changed and is in use'),
      onRefused: (reason) =>
        log.warn({ path, reason }, 'geo.database has changed and cannot be used; the one before it goes on'),
    });
    return source;
  }

  get description(): { readonly type: string; readonly builtAt: string } {
    return { type: this.#geo.databaseType, builtAt: this.#geo.builtAt.toISOString() };
  }

  country(address: string): string | null {
    return this.#geo.country(address);
  }

  place(address: string): Place {
    return this.#geo.place(address);
  }

  /** undefined: there is no file that could change. */
  get file(): Pick<WatchedFile, 'check'> | undefined {
    return this.#file;
  }

  close(): void {
    this.#file?.close();
  }

  #use(bytes: Buffer): void {
    this.#geo = openGeo({ bytes, places: this.#places });
    this.generation++;
  }
}
