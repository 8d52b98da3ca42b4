// How often links have been moved to another domain: whoever has gone through what belongs to a domain sees that there may be more now.

import { type Connection, execute, firstRow, query } from '../storage/query.ts';

const settingName = 'link_moves';

/** Rises with each move, and only ever rises. */
export function linkMoves(connection: Connection): number {
  const row = firstRow(connection, query.selectFrom('settings').select('value').where('name', '=', settingName));
  return row === undefined ? 0 : Number(row.value.toString());
}

/** To be called in the transaction that moves a link. */
export function noteLinkMove(connection: Connection): void {
  const row = { name: settingName, value: Buffer.from(String(linkMoves(connection) + 1)) };
  execute(
    connection,
    query
      .insertInto('settings')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: row.value })),
  );
}
