// Preloaded by a server's process (`--import`), in all its threads: makes it a program of a version to come, whose migrations are those that
// TEST_MIGRATIONS says (JSON, the SQL of each).

import { registerHooks } from 'node:module';

const steps = JSON.parse(process.env.TEST_MIGRATIONS);
const none = 'const migrations: readonly Migration[] = [';

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith('/src/storage/migrations.ts')) return loaded;
    const source = String(loaded.source);
    const [before, after] = source.split(none);
    if (after === undefined) throw new Error('migrations.ts does not say which migrations there are');
    const known = after.slice(0, after.indexOf('];')).split('version:').length - 1;
    const added = steps.map((sql, i) => JSON.stringify({ version: known + 2 + i, sql }));
    const end = after.indexOf('];');
    const separator = known === 0 || /,\s*$/.test(after.slice(0, end)) ? '' : ', ';
    return {
      ...loaded,
      source: `${before}${none}${after.slice(0, end)}${separator}${added.join(', ')}${after.slice(end)}`,
    };
  },
});
