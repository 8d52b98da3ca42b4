// Moments as people and programs write them.

const instantPattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)$/;

// As Date writes the years that it writes with four digits: what was read can be shown, and read again.
const first = Date.parse('0000-01-01T00:00:00Z');
const last = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * ISO 8601 date and time with an offset (`Z`, `+02:00`, `+0200`, `+02`) as Unix milliseconds, finer digits cut off;
 * undefined for anything else, and for what the offset moves out of the years 0 to 9999. Days that do not exist are refused, where Date.parse would move 30 February to March.
 */
export function parseInstant(text: string): number | undefined {
  const match = instantPattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '0', fraction = '', sign, offsetHour = '0', offsetMinute = '0'] =
    match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  // A day too many, or none, has moved into another month, and a month too many into January.
  if (date.getUTCMonth() !== Number(month) - 1) return undefined;
  date.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.slice(0, 3).padEnd(3, '0')));
  const offsetMs = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000;
  const instant = date.getTime() - (sign === '-' ? -offsetMs : offsetMs);
  return instant < first || instant > last ? undefined : instant;
}
