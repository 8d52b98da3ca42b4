// Letters that look like others: brings a text to a form in which two that a reader would confuse are equal.
// Our own short table in the manner of Unicode's UTS #39 skeletons, for the scripts that imitate Latin letters.

/** For each Latin letter, the characters of other scripts (and rarer Latin ones) that are drawn like it, in either case. */
const lookAlikes: Readonly<Record<string, string>> = {
  a: 'аАαΑɑᴀꓮᎪ',
  b: 'ЬьВвΒβƄƅʙꓐᏴ',
  c: 'сСϲϹᴄꓚᏟ',
  d: 'ԁԀᴅꓓᎠɗ',
  e: 'еЕΕεҽᴇꓰᎬɛ',
  f: 'ϝϜꜰꓝƒ',
  g: 'ɡԌցᶃɢꓖᏀ',
  h: 'һҺнНΗհʜꓧᎻ',
  i: 'іІιΙıɩɪꓲᎥӀӏ',
  j: 'јЈϳյᴊꓙᎫ',
  k: 'кКκΚᴋꓗᏦ',
  l: 'ʟꓡᏞԼǀ',
  m: 'мМΜᴍꓟᎷ',
  n: 'пПηΝոռɴꓠ',
  o: 'оОοΟσօՕᴏꓳօ๐໐०০੦૦౦೦൦ⲟ',
  p: 'рРρΡᴘꓑᏢ',
  q: 'ԛԚզգ',
  r: 'гΓʀꓣᎡɾ',
  s: 'ѕЅՏꜱꓢᏚƽ',
  t: 'тТτΤᴛꓔᎢ',
  u: 'υսՍᴜꓴʋ',
  v: 'νѵѴᴠꓦᏙ',
  w: 'ԝԜωѡաᴡꓪᎳ',
  x: 'хХχΧꓫ',
  y: 'уУγΥүҮʏꓬᎽ',
  z: 'ΖζᴢꓜᏃ',
};

const latinOf: ReadonlyMap<string, string> = new Map(
  Object.entries(lookAlikes).flatMap(([latin, others]) => [...others].map((other): [string, string] => [other, latin])),
);

const isEmoji = /\p{Emoji}/u;

/** Case-insensitive form by full case mapping: ß and SS, ſ and s, İ and i + dot are the same. */
export function foldCase(text: string): string {
  return text.toUpperCase().toLowerCase();
}

/**
 * The skeleton of a text: equal for two that look alike. Not for display and not for storage.
 * Case does not count, nor the difference of i and l, since one look-alike may stand for I or for l. Digits stay digits.
 */
export function skeletonOf(text: string): string {
  let latin = '';
  for (const character of text.normalize('NFC').replace(/\p{Default_Ignorable_Code_Point}/gu, '')) {
    // NFKD takes care of fullwidth, mathematical, superscript and ligature forms; ℹ and Ⓜ, though, are seen as pictures.
    const parts = character > '\u007f' && isEmoji.test(character) ? character : character.normalize('NFKD');
    for (const part of parts) latin += latinOf.get(part) ?? part;
  }
  return foldCase(latin).replace(/i\u0307?/gu, 'l');
}
