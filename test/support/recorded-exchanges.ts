// Checks real answers against the server's own OpenAPI document: whatever a test sees of the API, its documentation must have said.
// A test file that uses ApiClient says `checkExchanges()` at its top.

import assert from 'node:assert/strict';
import { ApiClient, type Exchange, sendRequest } from './api-client.ts';
import { ApiDocument } from './api-document.ts';

let known: ApiDocument | undefined;

/** The document is the same for every server of one test run: the first that can be asked tells it. */
async function documentOf(address: string): Promise<ApiDocument | undefined> {
  if (known === undefined) {
    // A test may have just ended the server; what it answers next is checked then.
    const answer = await sendRequest(address, { path: '/openapi.json' }).catch(() => undefined);
    if (answer?.status === 200) known = new ApiDocument(JSON.parse(answer.text));
  }
  return known;
}

/** Fails the test when the document does not allow the exchange. */
export async function checkExchange(exchange: Exchange): Promise<void> {
  const document = await documentOf(exchange.address);
  if (document === undefined) return;
  const { method, path, answer } = exchange;
  const told = `${method} ${path} answered ${answer.status} ${answer.text.slice(0, 2_000)}`;
  assert.deepEqual(document.problemsOf(exchange), [], told);
}

/** From now on every exchange of an ApiClient of this process is checked. */
export function checkExchanges(): void {
  ApiClient.onExchange = checkExchange;
}
