// What a saved QR code is.

import type { Logo } from './logo.ts';
import type { QrStyle } from './style.ts';

/** The link that a code leads to, as far as its URLs need it. */
export interface QrLink {
  readonly id: number;
  readonly publicId: string;
  readonly domainId: number;
  readonly slug: string;
}

export interface QrCode {
  readonly id: number;
  readonly publicId: string;
  readonly userId: number;
  /** Of the tracking URL; used while there is a link. */
  readonly code: string;
  readonly name: string | null;
  /** What is encoded or, with a link, what its owner says that it stands for. One of the two is always there. */
  readonly url: string | null;
  readonly link: QrLink | null;
  readonly style: QrStyle;
  readonly logoUrl: string | null;
  readonly hasLogo: boolean;
  /** Rises with every change. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A code and its scans up to the last commit. */
export interface CountedQrCode {
  readonly qr: QrCode;
  readonly scanCount: number;
  readonly lastScannedAt: number | null;
}

/** Everything of a code that a change may change. */
export interface QrFields {
  readonly name: string | null;
  readonly url: string | null;
  readonly linkId: number | null;
  readonly style: QrStyle;
  readonly logoUrl: string | null;
  readonly logo: Logo | null;
}

/** The path of a tracking URL. It has a slash inside, as no slug has. */
export function trackingPath(code: string): string {
  return `/q/${code}`;
}

const trackedPath = /^q\/([0-9A-Za-z]{10})\/?$/;
export const codeLength = 10;

/** @param path after its first `/`, without the query */
export function isTrackingPath(path: string): boolean {
  return path.startsWith('q/');
}

export function codeOfPath(path: string): string | undefined {
  return trackedPath.exec(path)?.[1];
}
