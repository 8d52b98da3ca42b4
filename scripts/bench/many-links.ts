// Fills a data folder with as many links as a benchmark wants, by copying one that the API made: a million POSTs take minutes.

import { openWriter } from '../../src/storage/database.ts';
import { linkHost, type BenchmarkLink } from './data-folder.ts';

const letters = 'abcdefghijkmnpqrstuvwxyz23456789';

function slugOf(index: number): string {
  let rest = index;
  let slug = '';
  for (let i = 0; i < 7; i++) {
    slug = letters[rest % letters.length]! + slug;
    rest = Math.floor(rest / letters.length);
  }
  return slug;
}

/** The links' numbers follow each other, from the first link's on; its row is the model of all others. */
export function copyLinks(dataFolder: string, first: BenchmarkLink, count: number): { firstId: number; host: string } {
  const connection = openWriter(dataFolder);
  try {
    connection.pragma('synchronous = OFF');
    const model = connection
      .prepare<[string], Record<string, number | string | null>>('SELECT * FROM links WHERE public_id = ?')
      .get(first.publicId)!;
    const columns = Object.keys(model);
    const insert = connection.prepare(
      `INSERT INTO links (${columns.join(', ')}) VALUES (${columns.map((name) => `@${name}`).join(', ')})`,
    );
    const firstId = Number(model['id']);
    connection
      .transaction(() => {
        for (let i = 1; i < count; i++) {
          const slug = slugOf(i);
          const destination = String(model['destination_url']).replace(/\d+$/, String(i).padStart(7, '0'));
          insert.run({
            ...model,
            id: firstId + i,
            public_id: `lnk_${String(i).padStart(16, '0')}`,
            slug,
            destination_url: destination,
            search_text: `${slug} ${destination}`,
            destination_hash: i,
          });
        }
      })
      .immediate();
    connection.pragma('wal_checkpoint(TRUNCATE)');
    return { firstId, host: linkHost };
  } finally {
    connection.close();
  }
}
