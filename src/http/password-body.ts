// The body of a POST to a link with a password: a form's or an API client's, at most 4 kB.

import type { IncomingMessage } from 'node:http';
import { AppError, invalidField } from '../core/errors.ts';
import { readBytes, readJson } from './body.ts';

const maxPasswordBodyBytes = 4 * 1024;

export interface GivenPassword {
  /** As typed; empty where there is none. */
  readonly password: string;
  /** The host that the visitor came from before the form, which they sent along; empty where there was none. */
  readonly referrer: string;
}

function fromForm(bytes: Buffer): GivenPassword {
  const fields = new URLSearchParams(bytes.toString());
  return { password: fields.get('password') ?? '', referrer: fields.get('referrer') ?? '' };
}

function fromJson(value: unknown): GivenPassword {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new AppError('VALIDATION_ERROR', 'the body must be a JSON object');
  const password: unknown = 'password' in value ? value.password : '';
  if (typeof password !== 'string') throw invalidField('password', 'password must be a string');
  return { password, referrer: '' };
}

/** Throws PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE or VALIDATION_ERROR. */
export async function readPassword(request: IncomingMessage): Promise<GivenPassword> {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') return fromJson(await readJson(request, maxPasswordBodyBytes));
  if (request.headers['content-encoding'] !== undefined)
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'the body must not be compressed');
  return fromForm(await readBytes(request, maxPasswordBodyBytes));
}
