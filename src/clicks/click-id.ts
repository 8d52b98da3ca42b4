// The public id of a hit: what exports, webhooks and live events call it. Ids rise with every hit of the server, so they also say
// where to go on.

const prefix = 'clk_';
const digits = 11; // of base 32: up to 2^53

/** All of one length, so that they sort as text. */
export function clickPublicId(id: number): string {
  return prefix + id.toString(32).padStart(digits, '0');
}

/** The hit's number, or undefined for text that is no id of a hit. */
export function parseClickId(text: string): number | undefined {
  if (!/^clk_[0-9a-v]{11}$/.test(text)) return undefined;
  const id = Number.parseInt(text.slice(prefix.length), 32);
  return Number.isSafeInteger(id) ? id : undefined;
}
