// Requests for the images of QR codes: bodies that are no text.

import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import { request } from 'node:http';
import type { ApiClient } from './api-client.ts';
import { pixelsOf, readCode, viewOf } from './qr-reading.ts';

export interface BinaryAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** @param path after /api/v1 */
export function askForBytes(
  { address, key }: ApiClient,
  {
    method = 'GET',
    path,
    body,
    headers = {},
  }: { method?: string; path: string; body?: object; headers?: OutgoingHttpHeaders },
): Promise<BinaryAnswer> {
  const own = {
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(
      `${address}/api/v1${path}`,
      { method, headers: { ...own, ...headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Record<string, string>,
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** What a scanner reads in the image that was answered; fails the test when it is none. */
export async function scanned({ status, body }: BinaryAnswer): Promise<string | undefined> {
  assert.equal(status, 200, body.toString());
  return readCode(viewOf(await pixelsOf(body)));
}

/** The keys of a saved code that tests read. */
export interface QrObject {
  readonly id: string;
  readonly name: string | null;
  readonly url: string;
  readonly trackingUrl: string | null;
  readonly linkId: string | null;
  readonly style: Readonly<Record<string, unknown>>;
  readonly isErrorCorrectionRaised: boolean;
  readonly imageUrl: string;
  readonly stats: { readonly scanCount: number; readonly lastScannedAt: string | null };
  readonly size: number;
  readonly errorCorrection: string;
  readonly hasLogo: boolean;
  readonly logoUrl: string | null;
  readonly scanCount: number;
  readonly lastScannedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export async function createQr(client: ApiClient, fields: object): Promise<QrObject> {
  const answer = await client.post('/qr', fields);
  assert.equal(answer.status, 201, answer.text);
  return answer.data<QrObject>();
}
