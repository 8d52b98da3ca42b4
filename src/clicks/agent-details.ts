// What is read of a User-Agent only when a stored hit is shown: engine, maker and model. The path of a click needs none of it.

import { UAParser } from 'ua-parser-js';
import { BoundedCache } from '../core/bounded-cache.ts';
import { maxUserAgentLength, type UserAgent, UserAgents } from './user-agent.ts';

export interface AgentDetails {
  readonly agent: UserAgent;
  /** Blink, Gecko, WebKit … */
  readonly engine: string | null;
  readonly maker: string | null;
  readonly model: string | null;
}

export interface VersionParts {
  /** The first three parts, or fewer where there are fewer. */
  readonly text: string;
  /** "0" where it is missing; '' where no version is known. */
  readonly major: string;
  readonly minor: string;
  readonly patch: string;
}

// A log's page is mostly the same few browsers.
const remembered = 1_000;
const known = new BoundedCache<string, AgentDetails>(remembered);
// What it says is remembered with the rest.
const userAgents = new UserAgents(2);
const linuxes = /linux|ubuntu|debian|fedora|centos|suse|mint|arch|gentoo|red ?hat|mandriva|slackware/i;

/** @param header '' where there was none */
export function agentDetails(header: string): AgentDetails {
  const text = header.slice(0, maxUserAgentLength);
  const before = known.get(text);
  if (before !== undefined) return before;
  const parser = new UAParser(text);
  const { vendor, model } = parser.getDevice();
  const details: AgentDetails = Object.freeze({
    agent: userAgents.parse(text),
    engine: parser.getEngine().name ?? null,
    maker: vendor ?? null,
    model: model ?? null,
  });
  known.set(text, details);
  return details;
}

export function versionParts(version: string | null): VersionParts {
  if (version === null) return { text: '', major: '', minor: '', patch: '' };
  const parts = version.split('.').slice(0, 3);
  const [major = '0', minor = '0', patch = '0'] = parts;
  return { text: parts.join('.'), major, minor, patch };
}

/** `Chrome 81.0.4044`, `Windows 10`; '' where nothing is known. */
export function nameWithVersion(name: string | null, { text }: VersionParts): string {
  return [name ?? '', text].filter((part) => part !== '').join(' ');
}

/** Whether a system is a distribution of Linux, which the parser knows by their names; Android and ChromeOS are not. */
export function isLinux(os: string | null): boolean {
  return linuxes.test(os ?? '');
}
