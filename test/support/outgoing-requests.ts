// Requests by the client for requests of our own, and how they fail.

import assert from 'node:assert/strict';
import { type OutgoingClient, OutgoingError, type OutgoingRequest } from '../../src/outgoing/outgoing-client.ts';

export function requestFor(url: URL | string, more: Partial<OutgoingRequest> = {}): OutgoingRequest {
  return { url: new URL(url), method: 'POST', body: 'hello', maxBytes: 1_000, ...more };
}

/** Fails where there is an answer. */
export async function faultOf(client: OutgoingClient, request: OutgoingRequest): Promise<OutgoingError> {
  try {
    const { status } = await client.send(request);
    return assert.fail(`answered ${status}`);
  } catch (error) {
    if (!(error instanceof OutgoingError)) throw error;
    return error;
  }
}
