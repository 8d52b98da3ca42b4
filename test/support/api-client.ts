// A small client of the native API for tests: one connection a request, nothing followed, nothing repeated.

import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';

/** A person's browser: programs are recorded, but not counted. */
export const personsBrowser = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface RequestOptions {
  readonly method?: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** Sends one request as it is given and resolves with the whole answer. */
export function sendRequest(
  address: string,
  { method = 'GET', path, headers = {}, body }: RequestOptions,
): Promise<HttpAnswer> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

export interface ApiError {
  readonly code: string;
  readonly message: string;
  readonly details?: readonly { readonly path: string; readonly message: string }[];
}

/** The keys of the link object that tests read; every one is in the answer itself. */
export interface LinkObject {
  readonly id: string;
  readonly shortUrl: string;
  readonly destinationUrl: string;
  readonly slug: string;
  readonly domain: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly clickCount: number;
  readonly isArchived: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly lastClickedAt: string | null;
}

export interface LinkStats {
  readonly totalClicks: number;
  readonly uniqueVisitors: number;
  readonly lastClickedAt: string | null;
  readonly byCountry: readonly { readonly country: string; readonly count: number }[];
  readonly byDevice: readonly { readonly device: string; readonly count: number }[];
  readonly byBrowser: readonly { readonly browser: string; readonly count: number }[];
  readonly byOs: readonly { readonly os: string; readonly count: number }[];
  readonly byReferrer: readonly { readonly referrer: string; readonly count: number }[];
  readonly byLanguage: readonly { readonly language: string; readonly count: number }[];
  readonly overTime: readonly { readonly date: string; readonly count: number }[];
}

export interface ListMeta {
  readonly page: number;
  readonly perPage: number;
  readonly total: number;
  readonly hasMore: boolean;
}

/** An answer of the API; the text is parsed when it is asked for. */
export class ApiAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;

  constructor({ status, headers, text }: HttpAnswer) {
    this.status = status;
    this.headers = headers;
    this.text = text;
  }

  get json(): unknown {
    return JSON.parse(this.text) as unknown;
  }

  /** The `data` of a success; fails the test when this is none. */
  data<T>(): T {
    const body = this.json as { success: boolean; data: T };
    assert.ok(body.success, `${this.status} ${this.text}`);
    return body.data;
  }

  get meta(): ListMeta {
    return (this.json as { meta: ListMeta }).meta;
  }

  /** The `error` of a failure; fails the test when this is none. */
  get error(): ApiError {
    const body = this.json as { success: boolean; error: ApiError };
    assert.equal(body.success, false, `${this.status} ${this.text}`);
    return body.error;
  }
}

/** What was asked and answered. */
export interface Exchange {
  readonly address: string;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Undefined: there was none. */
  readonly body: unknown;
  readonly answer: HttpAnswer;
}

export class ApiClient {
  /** Sees every exchange of every client before the test does; see recorded-exchanges.ts. */
  static onExchange: ((exchange: Exchange) => Promise<void>) | undefined;

  readonly address: string;
  readonly key: string | undefined;

  /** @param key without one, requests carry no Authorization */
  constructor(address: string, key: string | undefined) {
    this.address = address;
    this.key = key;
  }

  /** The client for the key that a first start printed. */
  static of(server: { readonly address: string; readonly firstKey: string | undefined }): ApiClient {
    assert.ok(server.firstKey, 'only a first start prints a key');
    return new ApiClient(server.address, server.firstKey);
  }

  /** @param path after /api/v1: `/links` */
  async send(method: string, path: string, body?: unknown, headers: OutgoingHttpHeaders = {}): Promise<ApiAnswer> {
    const own: OutgoingHttpHeaders = this.key === undefined ? {} : { authorization: `Bearer ${this.key}` };
    const text = body === undefined ? undefined : JSON.stringify(body);
    if (text !== undefined) {
      own['content-type'] = 'application/json';
      own['content-length'] = Buffer.byteLength(text);
    }
    const request = { method, path: `/api/v1${path}` };
    const answer = await sendRequest(this.address, {
      ...request,
      headers: { ...own, ...headers },
      ...(text === undefined ? {} : { body: text }),
    });
    await ApiClient.onExchange?.({ ...request, address: this.address, body, answer });
    return new ApiAnswer(answer);
  }

  get(path: string): Promise<ApiAnswer> {
    return this.send('GET', path);
  }

  post(path: string, body: unknown): Promise<ApiAnswer> {
    return this.send('POST', path, body);
  }

  patch(path: string, body: unknown): Promise<ApiAnswer> {
    return this.send('PATCH', path, body);
  }

  delete(path: string): Promise<ApiAnswer> {
    return this.send('DELETE', path);
  }

  async createLink(fields: Record<string, unknown> = {}): Promise<LinkObject> {
    const answer = await this.post('/links', { destinationUrl: 'https://example.com/', ...fields });
    assert.equal(answer.status, 201, answer.text);
    return answer.data<LinkObject>();
  }

  async link(id: string): Promise<LinkObject> {
    return (await this.get(`/links/${id}`)).data<LinkObject>();
  }

  /** @param question as in the query string: `period=7d&bots=include` */
  async stats(id: string, question = ''): Promise<LinkStats> {
    return (await this.get(`/links/${id}/stats${question === '' ? '' : `?${question}`}`)).data<LinkStats>();
  }

  /** Opens a short link as a person would; headers add to and replace the browser's. */
  visit(slug: string, headers: OutgoingHttpHeaders = {}, method = 'GET'): Promise<HttpAnswer> {
    const path = `/${encodeURIComponent(slug)}`;
    return sendRequest(this.address, { method, path, headers: { 'user-agent': personsBrowser, ...headers } });
  }
}
