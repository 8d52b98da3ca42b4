// The body of a request of yeb.to: JSON, or a form, whose texts are read as the types that the fields have.

import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../core/errors.ts';
import { isJson, parseJson } from '../../http/body.ts';
import { requireUtf8 } from '../../http/query-text.ts';

export interface YebBody {
  readonly fields: Readonly<Record<string, unknown>>;
}

const flags = ['one_time', 'advanced_analytics', 'debug'] as const;
const integers = ['click_limit', 'limit_recent'] as const;
/** Of these '' is something else than nothing. */
const keepEmpty: ReadonlySet<string> = new Set(['password']);
const flagTexts: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['off', false],
]);
const settingName = /^settings\[(\d{0,3})\]\[(key|value)\]$/;
/** More parts than any request has use for. */
const maxFormFields = 200;

function unreadable(message: string): AppError {
  return new AppError('VALIDATION_ERROR', message);
}

/** `settings[0][key]` and `settings[][key]`, as PHP's clients write lists. */
function settingsOf(pairs: readonly (readonly [name: string, value: string])[]): object[] {
  const settings = new Map<string, Record<string, string>>();
  let unnumbered = 0;
  for (const [name, value] of pairs) {
    const [, number = '', part = ''] = settingName.exec(name) ?? [];
    if (part === '') continue;
    // A key begins the next one.
    if (number === '' && part === 'key') unnumbered++;
    const position = number === '' ? `next ${unnumbered}` : number;
    const setting = settings.get(position) ?? {};
    setting[part] = value;
    settings.set(position, setting);
  }
  return [...settings.values()];
}

function fromForm(pairs: readonly (readonly [name: string, value: string])[]): YebBody['fields'] {
  if (pairs.length > maxFormFields) throw unreadable(`a form may have ${maxFormFields} fields at most`);
  // No prototype: a field may be called `__proto__`.
  const fields = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of pairs) {
    if (settingName.test(name)) continue;
    // A form cannot say null: an empty field is none.
    fields[name] = value === '' && !keepEmpty.has(name) ? null : value;
  }
  for (const name of flags) {
    const value = fields[name];
    if (typeof value === 'string') fields[name] = flagTexts.get(value.toLowerCase()) ?? value;
  }
  for (const name of integers) {
    const value = fields[name];
    if (typeof value === 'string' && /^-?\d{1,15}$/.test(value)) fields[name] = Number(value);
  }
  const settings = settingsOf(pairs);
  if (settings.length > 0) fields['settings'] = settings;
  return fields;
}

async function partsOf(bytes: Buffer, contentType: string): Promise<[string, string][]> {
  // PHP sends these. The platform reads them as a whole, which is why servers are told not to let it; ours are 1 MiB at most.
  const response = new Response(Uint8Array.from(bytes), { headers: { 'Content-Type': contentType } });
  // oxlint-disable-next-line typescript/no-deprecated
  const form = await response.formData().catch((cause: unknown) => {
    throw new AppError('VALIDATION_ERROR', 'the body is not a valid form', [], { cause });
  });
  return [...form].map(([name, value]) => {
    if (typeof value !== 'string') throw unreadable('a form must not hold files');
    return [name, value];
  });
}

/** Throws VALIDATION_ERROR, without a field where the body cannot be read at all, and UNSUPPORTED_MEDIA_TYPE. */
export async function readYebBody(headers: IncomingHttpHeaders, read: () => Promise<Buffer>): Promise<YebBody> {
  if (headers['content-encoding'] !== undefined)
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'the body must not be compressed');
  const contentType = headers['content-type'];
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  const bytes = await read();
  if (bytes.length === 0) return { fields: {} };
  if (!isUtf8(bytes)) throw unreadable('the body is not valid UTF-8');
  if (type === 'application/x-www-form-urlencoded') {
    // `curl -d '{…}'` calls JSON a form, too.
    const text = bytes.toString();
    if (!text.startsWith('{')) {
      requireUtf8(text);
      return { fields: fromForm([...new URLSearchParams(text)]) };
    }
  } else if (type === 'multipart/form-data') {
    return { fields: fromForm(await partsOf(bytes, contentType!)) };
  } else if (!isJson(contentType)) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'the body must be JSON or a form');
  }
  const value = parseJson(bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unreadable('the body must be a JSON object');
  return { fields: value as YebBody['fields'] };
}
