// The schema of every version: the present one, and those that an archive may still be of. Migrations lead from each to the next.

import { type AssetName, assetText } from '../core/assets.ts';
import { type Migration, migrations } from './migrations.ts';

export interface SchemaHistory {
  readonly steps: readonly Migration[];
  /** The text that makes a database of that version. */
  readonly schemaOf: (version: number) => string;
}

/** By version; each migration adds the one that it starts from, which from then on is an asset beside `schema.sql`. */
const earlierSchemas: Readonly<Record<number, AssetName>> = { 1: 'schema-1.sql' };

export const schemaHistory: SchemaHistory = {
  steps: migrations,
  schemaOf: (version) => assetText(earlierSchemas[version] ?? 'schema.sql'),
};
