// The caller's own keys and values beside a link: what may be one. They are replaced all at once.

import { isLongerThan, lineFault, storableTextFault } from '../core/text-rules.ts';
import type { Faults } from '../core/validation.ts';
import type { LinkSetting } from './link.ts';

export const maxSettings = 50;
export const maxSettingKeyLength = 100;
export const maxSettingValueLength = 1_000;

function keyFault(key: unknown): string | undefined {
  if (key === undefined) return 'is required';
  if (typeof key !== 'string') return 'must be a string';
  if (key === '') return 'is empty';
  if (isLongerThan(key, maxSettingKeyLength)) return `is longer than ${maxSettingKeyLength} characters`;
  return lineFault(key);
}

function valueFault(value: unknown): string | undefined {
  if (value === undefined) return 'is required';
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return undefined;
  if (typeof value !== 'string') return 'must be a string, a number, true, false or null';
  if (isLongerThan(value, maxSettingValueLength)) return `is longer than ${maxSettingValueLength} characters`;
  return storableTextFault(value);
}

/**
 * A list of `{key, value}`; no key twice.
 * @param path the field that it came in, for the faults
 */
export function parseSettings(given: readonly unknown[], path: string, faults: Faults): LinkSetting[] {
  if (given.length > maxSettings) {
    faults.add(path, `has more than ${maxSettings} items`);
    return [];
  }
  const settings: LinkSetting[] = [];
  const keys = new Set<unknown>();
  given.forEach((item, index) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) {
      faults.add(`${path}.${index}`, 'must be an object with key and value');
      return;
    }
    const { key, value } = item as { key?: unknown; value?: unknown };
    const fault = keyFault(key) ?? (keys.has(key) ? 'is given twice' : undefined);
    const wrongValue = valueFault(value);
    if (fault !== undefined) faults.add(`${path}.${index}.key`, fault);
    if (wrongValue !== undefined) faults.add(`${path}.${index}.value`, wrongValue);
    keys.add(key);
    if (fault === undefined && wrongValue === undefined) settings.push({ key, value } as LinkSetting);
  });
  return settings;
}
