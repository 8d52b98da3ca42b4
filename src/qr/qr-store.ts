// Saved QR codes in the database: rows to codes, and the reads of the API and of scans.

import { allRows, type Connection, firstRow, query } from '../storage/query.ts';
import type { Logo } from './logo.ts';
import type { CountedQrCode } from './qr-code.ts';
import type { QrStyle } from './style.ts';

/** A page of a list, the newest first. */
export interface QrPlace {
  /** Codes made before the one with this id; `undefined`: from the newest. */
  readonly beforeId: number | undefined;
  readonly offset: number;
  readonly limit: number;
}

export interface QrFilter {
  readonly userId: number;
  /** Public id; `undefined`: whatever they lead to. */
  readonly linkId: string | undefined;
}

// Without the logo itself, which is as large as a thousand rows.
const counted = query
  .selectFrom('qr_codes')
  .leftJoin('links', 'links.id', 'qr_codes.link_id')
  .leftJoin('qr_totals', 'qr_totals.qr_id', 'qr_codes.id')
  .select([
    'qr_codes.id',
    'qr_codes.public_id',
    'qr_codes.user_id',
    'qr_codes.code',
    'qr_codes.name',
    'qr_codes.url',
    'qr_codes.style',
    'qr_codes.logo_url',
    'qr_codes.logo_width',
    'qr_codes.version',
    'qr_codes.created_at',
    'qr_codes.updated_at',
    'links.id as link_id',
    'links.public_id as link_public_id',
    'links.domain_id as link_domain_id',
    'links.slug as link_slug',
    'qr_totals.scans',
    'qr_totals.last_scanned_at',
  ]);

type CountedRow = ReturnType<(typeof counted)['execute']> extends Promise<(infer Row)[]> ? Row : never;

function toCounted(row: CountedRow): CountedQrCode {
  return {
    qr: {
      id: row.id,
      publicId: row.public_id,
      userId: row.user_id,
      code: row.code,
      name: row.name,
      url: row.url,
      link:
        row.link_id === null
          ? null
          : {
              id: row.link_id,
              publicId: row.link_public_id as string,
              domainId: row.link_domain_id as number,
              slug: row.link_slug as string,
            },
      style: JSON.parse(row.style) as QrStyle,
      logoUrl: row.logo_url,
      hasLogo: row.logo_width !== null,
      version: row.version,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    },
    scanCount: row.scans ?? 0,
    lastScannedAt: row.last_scanned_at,
  };
}

/** The user's own code; another user's is as absent as an unknown one. */
export function findQr(connection: Connection, userId: number, publicId: string): CountedQrCode | undefined {
  const found = counted.where('qr_codes.public_id', '=', publicId).where('qr_codes.user_id', '=', userId);
  const row = firstRow(connection, found);
  return row && toCounted(row);
}

export function findQrById(connection: Connection, id: number): CountedQrCode | undefined {
  const row = firstRow(connection, counted.where('qr_codes.id', '=', id));
  return row && toCounted(row);
}

export function findQrLogo(connection: Connection, id: number): Logo | null {
  const found = query.selectFrom('qr_codes').select(['logo', 'logo_width', 'logo_height']).where('id', '=', id);
  const row = firstRow(connection, found);
  if (row === undefined || row.logo === null) return null;
  return { png: row.logo, width: row.logo_width as number, height: row.logo_height as number };
}

export function listQrs(connection: Connection, { userId, linkId }: QrFilter, place: QrPlace): CountedQrCode[] {
  const { beforeId, offset, limit } = place;
  const page = counted
    .where('qr_codes.user_id', '=', userId)
    .$if(linkId !== undefined, (rows) => rows.where('links.public_id', '=', linkId as string))
    .$if(beforeId !== undefined, (rows) => rows.where('qr_codes.id', '<', beforeId as number))
    .orderBy('qr_codes.id', 'desc')
    .limit(limit)
    .offset(offset);
  return allRows(connection, page).map(toCounted);
}

export function countQrs(connection: Connection, { userId, linkId }: QrFilter): number {
  const total = query
    .selectFrom('qr_codes')
    .leftJoin('links', 'links.id', 'qr_codes.link_id')
    .select((is) => is.fn.countAll<number>().as('total'))
    .where('qr_codes.user_id', '=', userId)
    .$if(linkId !== undefined, (rows) => rows.where('links.public_id', '=', linkId as string));
  return firstRow(connection, total)?.total ?? 0;
}

/** Where a scanned code leads. */
export interface ScannedQr {
  readonly qrId: number;
  readonly qrPublicId: string;
  readonly domainId: number;
  readonly slug: string;
  readonly ownerId: number;
}

interface ScannedRow {
  qr_id: number;
  public_id: string;
  domain_id: number;
  slug: string;
  user_id: number;
}

/** The look-up of a scan, prepared once. Asked every time, so that no change of a code or a link is missed. */
export function prepareScanLookup(connection: Connection): (code: string) => ScannedQr | undefined {
  const find = connection.prepare<[string], ScannedRow>(
    `SELECT q.id AS qr_id, q.public_id, l.domain_id, l.slug, l.user_id
     FROM qr_codes q JOIN links l ON l.id = q.link_id WHERE q.code = ?`,
  );
  return (code) => {
    const row = find.get(code);
    return (
      row && {
        qrId: row.qr_id,
        qrPublicId: row.public_id,
        domainId: row.domain_id,
        slug: row.slug,
        ownerId: row.user_id,
      }
    );
  };
}
