// The API of UrlGo.in.

import { nativeSpeech } from '../../http/speech.ts';
import type { Dialect, DialectContext } from '../dialect.ts';

export function urlgoDialect(_context: DialectContext): Dialect {
  return { speech: nativeSpeech, routes: [] };
}
