// UrlGo.in's client for tests: the calls of its text, and visits from its places by its browsers.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HttpAnswer, sendRequest } from './api-client.ts';
import { sendJson } from './dialects.ts';
import { writeCities } from './mmdb-writer.ts';
import { temporaryFolder } from './server-process.ts';

export const base = '/api/v1/short-url';

// As the text has them.
export const chrome80 =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0.3987.163 Safari/537.36';
export const chrome81 = chrome80.replace('80.0.3987.163', '81.0.4044.122');

/** A database of places: 8.8.8.8 is where the text's visitors come from. Returns its file. */
export function writeUrlgoCities(): string {
  const cities = join(temporaryFolder(), 'cities.mmdb');
  writeFileSync(
    cities,
    writeCities({
      '8.8.8.0/24': {
        country: 'US',
        region: ['CT', 'Connecticut'],
        city: 'New Haven',
        postalCode: '06510',
        location: [41.31, -72.92, 'America/New_York'],
        continent: 'NA',
      },
      '8.8.4.0/24': { country: 'DE' },
    }),
  );
  return cities;
}

/** As the text prints answers: its addresses were taken out. A long id is no two times the same. */
export function printed({ status, headers, text }: HttpAnswer): string {
  assert.equal(status, (JSON.parse(text) as { code: number }).code);
  assert.equal(headers['content-type'], 'application/json; charset=utf-8');
  return text.replaceAll(/"https:[^"]*"/g, '""').replaceAll(/"uid":"[0-9a-z]{40}"/g, '"uid":"UID"');
}

/** A row of the click log as the text prints it, of a visit from 8.8.8.8 by `chrome80`. */
export function loggedRow(key: string, at: string): string {
  return (
    `{"full_url":"","short_key":"${key}","short_url_id":75,"status":"redirected","ip":"8.8.8.8","iso_code":"US",` +
    '"country":"United States","city":"New Haven","state":"CT","state_name":"Connecticut","postal_code":"06510",' +
    '"latitude":"41.31","longitude":"-72.92","timezone":"America/New_York","continent":"NA","currency":"USD",' +
    `"user_agent":"${chrome80}","is_mobile":0,"is_tablet":0,"is_desktop":1,"is_bot":0,"is_chrome":1,"is_firefox":0,` +
    '"is_opera":0,"is_safari":0,"is_edge":0,"is_ie":0,"is_windows":1,"is_linux":0,"is_mac":0,"is_android":0,' +
    '"browser_name":"Chrome 80.0.3987","browser_family":"Chrome","browser_version":"80.0.3987",' +
    '"browser_version_major":"80","browser_version_minor":"0","browser_version_patch":"3987","browser_engine":"Blink",' +
    '"platform_name":"Windows 10","platform_family":"Windows","platform_version":"10","platform_version_major":"10",' +
    '"platform_version_minor":"0","platform_version_patch":"0","device_family":"Unknown","device_model":"",' +
    `"mobile_grade":"","created_at":"${at}","updated_at":"${at}","device_type":"desktop"}`
  );
}

export interface UrlgoLink {
  readonly uid: string;
  readonly short_key: string;
  readonly statistic_url: string;
  readonly disabled_at: string | null;
}

export class UrlgoClient {
  readonly authorization: string;
  readonly #address: string;

  /** @param address of a server that trusts its peer as a proxy, for the visits */
  constructor(address: string, key: string) {
    this.#address = address;
    this.authorization = `Bearer ${key}`;
  }

  get(path: string): Promise<HttpAnswer> {
    const { authorization } = this;
    const headers = { authorization, 'content-type': 'application/json', accept: 'application/json' };
    return sendRequest(this.#address, { path, headers });
  }

  generate(body: object): Promise<HttpAnswer> {
    return sendJson(this.#address, `${base}/generate`, body, { authorization: this.authorization });
  }

  async make(body: object): Promise<UrlgoLink> {
    const answer = await this.generate({ url: 'https://example.com/', ...body });
    assert.equal(answer.status, 200, answer.text);
    return (JSON.parse(answer.text) as { data: UrlgoLink }).data;
  }

  visit(slug: string, address: string, userAgent: string): Promise<HttpAnswer> {
    const headers = { 'user-agent': userAgent, 'x-forwarded-for': address };
    return sendRequest(this.#address, { path: `/${slug}`, headers });
  }
}
