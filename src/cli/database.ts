// Commands that work on the database directly, whether or not the server is running.

import { keepNativeAddonsIn } from '../core/native-addons.ts';
import type { Connection } from '../storage/query.ts';
import type { Arguments } from './command.ts';
import { configFrom } from './config-flags.ts';

const listPage = 500;

/** Opens the configured database for one command; a StartError says when there is none. */
export async function withDatabase<Result>(
  given: Arguments,
  use: (connection: Connection) => Result | Promise<Result>,
): Promise<Result> {
  const dataFolder = configFrom(given)['data_dir'];
  keepNativeAddonsIn(dataFolder);
  // Loaded this late so that wrong configuration and help need no native code.
  const { openForCommand } = await import('../storage/database.ts');
  const connection = openForCommand(dataFolder);
  try {
    return await use(connection);
  } finally {
    connection.close();
  }
}

/** Everything that a paged list holds, read a page at a time so that no read keeps old pages of the log alive for long. */
export function allPages<Row extends { readonly id: number }>(
  read: (page: { afterId: number | undefined; limit: number }) => Row[],
): Row[] {
  const rows: Row[] = [];
  for (;;) {
    const page = read({ afterId: rows.at(-1)?.id, limit: listPage });
    rows.push(...page);
    if (page.length < listPage) return rows;
  }
}
