// Bytes that no HTTP client would send, each with the answers that must come back before the server closes.

import type { ErrorCode } from '../../src/core/errors.ts';

export interface MalformedRequest {
  readonly name: string;
  readonly bytes: string;
  /** Statuses in order; a code where the answer is an error. */
  readonly answers: readonly (readonly [status: number, code?: ErrorCode])[];
}

interface Target {
  /** As in a Host header: `127.0.0.1:40123`. */
  readonly host: string;
  readonly key: string;
  readonly linkId: string;
}

const badRequest = [[400, 'VALIDATION_ERROR']] as const;
const badMethod = [[405, 'METHOD_NOT_ALLOWED']] as const;
const tooLarge = [[431, 'VALIDATION_ERROR']] as const;
const healthy = [[200]] as const;

export function malformedRequests({ host, key, linkId }: Target): MalformedRequest[] {
  const own = `Host: ${host}\r\n`;
  const close = 'Connection: close\r\n';
  const health = 'GET /healthz HTTP/1.1\r\n';
  const create = `POST /api/v1/links HTTP/1.1\r\n${own}Authorization: Bearer ${key}\r\nContent-Type: application/json\r\n`;
  const made = '{"destinationUrl":"https://example.com/smuggled"}';
  const archive = `DELETE /api/v1/links/${linkId} HTTP/1.1\r\n${own}Authorization: Bearer ${key}\r\n\r\n`;
  const cases: Record<string, [bytes: string, answers: MalformedRequest['answers']]> = {
    'two Host headers': [`${health}${own}${own}\r\n`, badRequest],
    'two Host headers in different case': [`${health}HOST: other.example\r\nhost: ${host}\r\n\r\n`, badRequest],
    'no Host': [`${health}\r\n`, badRequest],
    'HTTP/1.0 without Host': ['GET /healthz HTTP/1.0\r\n\r\n', badRequest],
    'HTTP/1.0 with Host': [`GET /healthz HTTP/1.0\r\n${own}\r\n`, healthy],
    'an empty line first': [`\r\n${health}${own}${close}\r\n`, healthy],
    'absolute-form to this host': [`GET http://${host}/healthz HTTP/1.1\r\n${own}${close}\r\n`, healthy],
    'absolute-form to this host, without a path': [`GET http://${host} HTTP/1.1\r\n${own}${close}\r\n`, healthy],
    'absolute-form to another host': [`GET http://other.example/healthz HTTP/1.1\r\n${own}\r\n`, badRequest],
    'absolute-form with a user': [`GET http://a@${host}/healthz HTTP/1.1\r\n${own}\r\n`, badRequest],
    'absolute-form of another scheme': [`GET ftp://${host}/healthz HTTP/1.1\r\n${own}\r\n`, badRequest],
    'OPTIONS *': [`OPTIONS * HTTP/1.1\r\n${own}\r\n`, badRequest],
    'a path without its slash': [`GET healthz HTTP/1.1\r\n${own}\r\n`, badRequest],
    TRACE: [`TRACE /healthz HTTP/1.1\r\n${own}${close}\r\n`, badMethod],
    CONNECT: [`CONNECT example.com:443 HTTP/1.1\r\n${own}\r\n`, badMethod],
    'CONNECT to this host': [`CONNECT ${host} HTTP/1.1\r\n${own}\r\n\x16\x03\x01`, badMethod],
    QUERY: [`QUERY /api/v1/links HTTP/1.1\r\n${own}${close}\r\n`, badMethod],
    'a method that nobody knows': [`BREW /pot HTTP/1.1\r\n${own}\r\n`, badRequest],
    'a method in small letters': [`get /healthz HTTP/1.1\r\n${own}\r\n`, badRequest],
    'a header of 20 kB': [`${health}${own}X-Long: ${'a'.repeat(20_000)}\r\n\r\n`, tooLarge],
    'a path of 20 kB': [`GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${own}\r\n`, tooLarge],
    '5,000 headers': [`${health}${own}${'a:\r\n'.repeat(5_000)}\r\n`, tooLarge],
    'a header name of 20 kB': [`${health}${own}${'a'.repeat(20_000)}: 1\r\n\r\n`, tooLarge],
    'a chunk that is none': [`${create}Transfer-Encoding: chunked\r\n\r\nzz\r\n${made}\r\n0\r\n\r\n`, badRequest],
    'a second chunk that is none': [`${create}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n-5\r\n`, badRequest],
    'a chunk of 2^68 bytes': [`${create}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{`, badRequest],
    'a chunk longer than it says': [`${create}Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n`, badRequest],
    'a length and chunks': [
      `${create}Content-Length: ${made.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${archive}`,
      badRequest,
    ],
    'chunks and a length': [
      `${create}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${archive}`,
      badRequest,
    ],
    'two lengths': [`${create}Content-Length: 0\r\nContent-Length: ${archive.length}\r\n\r\n${archive}`, badRequest],
    'a list of lengths': [`${create}Content-Length: 0, ${archive.length}\r\n\r\n${archive}`, badRequest],
    'a length below zero': [`${create}Content-Length: -1\r\n\r\n${archive}`, badRequest],
    'a length with a sign': [`${create}Content-Length: +49\r\n\r\n${made}`, badRequest],
    'a length that is none': [`${create}Content-Length: 0x31\r\n\r\n${made}`, badRequest],
    'an unknown transfer encoding': [`${create}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${archive}`, badRequest],
    'chunked, but not last': [`${create}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n${archive}`, badRequest],
    'a transfer encoding after a tab': [
      `${create}Transfer-Encoding\t: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${archive}`,
      badRequest,
    ],
    'a folded transfer encoding': [
      `${create}Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${archive}`,
      badRequest,
    ],
    'an Upgrade': [`${health}${own}Connection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`, healthy],
    'an Upgrade to HTTP/2': [
      `${health}${own}Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n\r\n`,
      healthy,
    ],
    "HTTP/2's preface": ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', badRequest],
    'HTTP/0.9': ['GET /healthz\r\n\r\n', badRequest],
    'HTTP/1.2': [`GET /healthz HTTP/1.2\r\n${own}\r\n`, badRequest],
    'HTTP of no version': [`GET /healthz HTTP/x\r\n${own}\r\n`, badRequest],
    "TLS's first bytes": ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', badRequest],
    'no HTTP at all': ['\x00\x01\x02\x03', badRequest],
    'garbage after a request': [`${health}${own}\r\n\x01garbage\r\n\r\n`, [[200], [400, 'VALIDATION_ERROR']]],
    'garbage after two requests': [
      `GET /unknown HTTP/1.1\r\n${own}Accept: application/json\r\n\r\n${health}${own}\r\n\x01garbage\r\n\r\n`,
      [[404, 'NOT_FOUND'], [200], [400, 'VALIDATION_ERROR']],
    ],
    'garbage after a body': [
      `${create}Content-Length: 2\r\n\r\n{}${made}`,
      [
        [400, 'VALIDATION_ERROR'],
        [400, 'VALIDATION_ERROR'],
      ],
    ],
    'Expect: 100-continue': [
      `${create}${close}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}`,
      [[100], [400, 'VALIDATION_ERROR']],
    ],
    'another expectation': [`${health}${own}${close}Expect: tea\r\n\r\n`, healthy],
    'line feeds alone': [`GET /healthz HTTP/1.1\nHost: ${host}\n\n`, badRequest],
    'a carriage return in a header': [`${health}${own}X-A: a\rX-B: b\r\n\r\n`, badRequest],
    'a header on two lines': [`${health}${own}X-A: a\r\n b\r\n\r\n`, badRequest],
    'NUL in a header': [`${health}${own}X-A: a\0b\r\n\r\n`, badRequest],
    'a space after a header name': [`${health}${own}X-A : a\r\n\r\n`, badRequest],
    'a header without a name': [`${health}${own}: a\r\n\r\n`, badRequest],
    'a space in the path': [`GET /a b HTTP/1.1\r\n${own}\r\n`, badRequest],
    'NUL in the path': [`GET /a\0b HTTP/1.1\r\n${own}\r\n`, badRequest],
    'bytes beyond ASCII in the path': [`GET /caf\xc3\xa9 HTTP/1.1\r\n${own}\r\n`, badRequest],
    'a Host that is none': [`${health}Host: <script>\r\n${close}\r\n`, healthy],
  };
  return Object.entries(cases).map(([name, [bytes, answers]]) => ({ name, bytes, answers }));
}
