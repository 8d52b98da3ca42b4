// The writes on QR codes: operations of the writer thread, each whole or not at all.

import { requireRoom } from '../accounts/plans.ts';
import { AppError } from '../core/errors.ts';
import { defineOperation } from '../storage/operation.ts';
import { type Connection, execute, firstRow, query } from '../storage/query.ts';
import type { CountedQrCode, QrFields } from './qr-code.ts';
import { countQrs, findQr, findQrById } from './qr-store.ts';

function columnsOf({ name, url, linkId, style, logoUrl, logo }: QrFields) {
  return {
    link_id: linkId,
    name,
    url,
    style: JSON.stringify(style),
    logo_url: logoUrl,
    logo: logo && Buffer.from(logo.png),
    logo_width: logo && logo.width,
    logo_height: logo && logo.height,
  };
}

interface CreateQr {
  readonly publicId: string;
  readonly userId: number;
  readonly code: string;
  readonly fields: QrFields;
  /** How many saved codes the user's plan allows. */
  readonly maxQrCodes: number;
  readonly now: number;
}

/** A link may have gone while its code was drawn. */
function requireLink(connection: Connection, userId: number, linkId: number | null): void {
  if (linkId === null) return;
  const found = query.selectFrom('links').select('id').where('id', '=', linkId).where('user_id', '=', userId);
  if (firstRow(connection, found) === undefined) throw new AppError('NOT_FOUND', 'no such link');
}

/** Throws LIMIT_REACHED. */
export const createQr = defineOperation(
  'qr.create',
  (connection, { publicId, userId, code, fields, maxQrCodes, now }: CreateQr): CountedQrCode => {
    if (maxQrCodes !== Infinity)
      requireRoom(countQrs(connection, { userId, linkId: undefined }), maxQrCodes, 'saved QR codes');
    requireLink(connection, userId, fields.linkId);
    const row = { public_id: publicId, user_id: userId, code, ...columnsOf(fields), created_at: now, updated_at: now };
    const { lastInsertRowid } = execute(connection, query.insertInto('qr_codes').values(row));
    return findQrById(connection, Number(lastInsertRowid))!;
  },
);

interface UpdateQr {
  readonly publicId: string;
  readonly userId: number;
  /** The version that the change was made from. */
  readonly version: number;
  readonly fields: QrFields;
  readonly now: number;
}

/** undefined: somebody else changed it meanwhile, and nothing was done. Throws NOT_FOUND, also for another user's code. */
export const updateQr = defineOperation(
  'qr.update',
  (connection, { publicId, userId, version, fields, now }: UpdateQr): CountedQrCode | undefined => {
    const before = findQr(connection, userId, publicId)?.qr;
    if (before === undefined) throw new AppError('NOT_FOUND', 'no such QR code');
    if (before.version !== version) return undefined;
    requireLink(connection, userId, fields.linkId);
    const changed = {
      ...columnsOf(fields),
      version: version + 1,
      // Never equal to the one before: a client that looks at it sees each change.
      updated_at: Math.max(now, before.updatedAt + 1),
    };
    execute(connection, query.updateTable('qr_codes').set(changed).where('id', '=', before.id));
    return findQrById(connection, before.id);
  },
);

interface DeleteQr {
  readonly publicId: string;
  readonly userId: number;
}

/** Throws NOT_FOUND, also for another user's code. The clicks that came by it stay. */
export const deleteQr = defineOperation('qr.delete', (connection, { publicId, userId }: DeleteQr): void => {
  const found = findQr(connection, userId, publicId);
  if (found === undefined) throw new AppError('NOT_FOUND', 'no such QR code');
  execute(connection, query.deleteFrom('qr_totals').where('qr_id', '=', found.qr.id));
  execute(connection, query.deleteFrom('qr_codes').where('id', '=', found.qr.id));
});

export const qrOperations = [createQr, updateQr, deleteQr];
