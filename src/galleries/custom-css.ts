// A gallery's own style sheet, made harmless: whatever would fetch from elsewhere is taken out, and everything else stays.
// The page's Content-Security-Policy allows no such fetch either; this is so that nothing is even tried.

import type { CssNode, generate, List, ListItem, parse, walk } from 'css-tree';
import type { tokenize, tokenTypes } from 'css-tree/tokenizer';
import { AppError } from '../core/errors.ts';

export const maxCssBytes = 32 * 1024;
/** What is taken out could, once it is gone, let its neighbours mean something new: read again, until nothing is found. */
const maxPasses = 4;
/**
 * Brackets in one another. The parser goes into each, and out of thousands it finds its way only after reading the same text
 * thousands of times.
 */
const maxDepth = 40;

/** Rules that hold style, and fetch nothing by themselves. `@import` and what is not known is taken out. */
const allowedRules: ReadonlySet<string> = new Set([
  'container',
  'counter-style',
  'font-face',
  'keyframes',
  '-webkit-keyframes',
  'layer',
  'media',
  'property',
  'scope',
  'starting-style',
  'supports',
]);

/** Functions that take an address as a string, where it looks like any other string. */
const fetchingFunctions: ReadonlySet<string> = new Set([
  'image',
  'image-set',
  '-webkit-image-set',
  'cross-fade',
  '-webkit-cross-fade',
  'src',
  'url-prefix',
  'domain',
  'expression',
  // With its address in quotes; without, it is a token of its own.
  'url',
]);

const images = /^data:image\/(?:png|jpeg|gif|webp|avif|svg\+xml)[;,]/i;

interface CssTree {
  readonly parse: typeof parse;
  readonly generate: typeof generate;
  readonly walk: typeof walk;
  readonly tokenize: typeof tokenize;
  readonly tokenTypes: typeof tokenTypes;
}

let loaded: Promise<CssTree> | undefined;

/** Loaded with the first style sheet: most servers never see one. */
async function cssTree(): Promise<CssTree> {
  loaded ??= Promise.all([
    import('css-tree/parser'),
    import('css-tree/generator'),
    import('css-tree/walker'),
    import('css-tree/tokenizer'),
  ]).then(([parser, generator, walker, tokenizer]) => ({
    parse: parser.default,
    generate: generator.default,
    walk: walker.default,
    tokenize: tokenizer.tokenize,
    tokenTypes: tokenizer.tokenTypes,
  }));
  return loaded;
}

/** Whatever page it stands on, and by whatever scheme that is reached: a relative address stays with it. */
const anyPages = ['http://a.invalid', 'https://b.invalid'];

/** Whether an address is an image in itself, or lies on the gallery's own origin. */
function staysHere(address: string, origin: string): boolean {
  if (images.test(address) || address.startsWith(`${origin}/`)) return true;
  if (address.includes('\\')) return false;
  return anyPages.every((page) => URL.parse(address, `${page}/bio/`)?.origin === page);
}

function functionName(node: CssNode): string | undefined {
  if (node.type === 'Function') return node.name;
  // What a condition may hold besides what is known to it.
  return node.type === 'GeneralEnclosed' ? (node.function ?? undefined) : undefined;
}

/** Whether a part of a value would fetch from elsewhere, or cannot be read well enough to know. */
function isUnsafe(node: CssNode, origin: string): boolean {
  if (node.type === 'Raw') return true;
  if (node.type === 'Url') return !staysHere(node.value, origin);
  const name = functionName(node)?.toLowerCase();
  // An escape in a function's name hides which one it is.
  return name !== undefined && (fetchingFunctions.has(name) || name.includes('\\'));
}

/** Whether brackets stand deeper in one another than anybody writes them. One that closes nothing of its kind closes nothing. */
function isTooDeep(css: string, { tokenize: read, tokenTypes: type }: CssTree): boolean {
  const closers = new Map<number, number>([
    [type.Function, type.RightParenthesis],
    [type.LeftParenthesis, type.RightParenthesis],
    [type.LeftSquareBracket, type.RightSquareBracket],
    [type.LeftCurlyBracket, type.RightCurlyBracket],
  ]);
  const open: number[] = [];
  let deepest = 0;
  read(css, (found) => {
    const closer = closers.get(found);
    if (closer !== undefined) deepest = Math.max(deepest, open.push(closer));
    else if (found === open.at(-1)) open.pop();
  });
  return deepest > maxDepth;
}

/**
 * css-tree looks at one place beyond the tokens of a text, where a longer one before it may have left a bracket; with that, a bracket
 * that closes nothing sends it round for ever. So a text of as many semicolons is read first.
 */
function forgetEarlier(length: number, read: CssTree['parse']): void {
  read(';'.repeat(length + 1));
}

function clean(css: string, origin: string, { parse, generate, walk }: CssTree): string {
  forgetEarlier(css.length, parse);
  const sheet = parse(css, { parseCustomProperty: true });
  const holds = (outer: CssNode): boolean => {
    let isFound = false;
    walk(outer, (node) => {
      if (node !== outer) isFound ||= isUnsafe(node, origin);
    });
    return isFound;
  };
  const isAllowed = (node: CssNode): boolean => {
    if (node.type === 'Raw' || node.type === 'Comment' || node.type === 'CDO' || node.type === 'CDC') return false;
    if (node.type === 'Atrule') {
      if (!allowedRules.has(node.name.toLowerCase())) return false;
      // With such characters in it, readers differ about where a rule ends.
      const { prelude } = node;
      return prelude === null || (prelude.type !== 'Raw' && !holds(prelude) && !/[@{}]/.test(generate(prelude)));
    }
    // A selector fetches nothing, but one that cannot be read may end elsewhere than it seems to.
    if (node.type === 'Rule') return node.prelude.type !== 'Raw';
    return node.type !== 'Declaration' || !holds(node);
  };
  const places = new Set<CssNode['type']>(['Raw', 'Comment', 'CDO', 'CDC', 'Atrule', 'Rule', 'Declaration']);
  walk(sheet, {
    enter(node: CssNode, item: ListItem<CssNode>, list: List<CssNode>) {
      // What stands in no list is a part of something that is looked at as a whole.
      if (places.has(node.type) && (list as List<CssNode> | undefined) !== undefined && !isAllowed(node))
        list.remove(item);
    },
  });
  return generate(sheet);
}

function unreadable(cause?: unknown): AppError {
  const message = 'customCss cannot be read as a style sheet';
  return new AppError('VALIDATION_ERROR', message, [{ path: 'customCss', message }], { cause });
}

/**
 * What visitors' browsers get of a style sheet.
 * @param origin of the gallery: addresses there, and images written as `data:`, may stay
 * @throws AppError VALIDATION_ERROR when it cannot be read at all
 */
export async function servedCssOf(css: string, origin: string): Promise<string> {
  const tree = await cssTree();
  if (isTooDeep(css, tree)) throw unreadable();
  let served = css;
  for (let pass = 0; pass < maxPasses; pass++) {
    let cleaned: string;
    try {
      cleaned = clean(served, origin, tree);
    } catch (cause) {
      throw unreadable(cause);
    }
    if (cleaned === served) return served;
    served = cleaned;
  }
  throw unreadable();
}
