// Reads a TypeScript file without a compiler: which modules it names, its code without comments, and the text of its strings.
// Knows comments, quotes, templates (nested, too) and regular expressions, so that none of them is taken for another.

export interface ModuleReference {
  readonly specifier: string;
  /** The words between `import` or `export` and `from`; empty for `import 'x'` and `import('x')`. */
  readonly clause: string;
  readonly kind: 'import' | 'export' | 'dynamic';
}

export interface SourceScan {
  readonly references: readonly ModuleReference[];
  /** The file with comments and the insides of strings and regular expressions turned to spaces. Same length as the file. */
  readonly code: string;
  /** The inside of every string and of every literal stretch of a template. */
  readonly strings: readonly string[];
}

/** A `/` after one of these begins a regular expression; after anything else it divides. */
const beforeRegex =
  /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|delete|void|throw|new|else|do|await|yield))$/;

const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ');

export function scanSource(source: string): SourceScan {
  const strings: string[] = [];
  let code = '';
  let at = 0;
  /** For every open `${`, how many plain `{` are open inside it. */
  const templateDepths: number[] = [];

  const take = (length: number): void => {
    code += source.slice(at, at + length);
    at += length;
  };
  const takeBlank = (length: number): void => {
    code += blank(source.slice(at, at + length));
    at += length;
  };
  const takeQuoted = (quote: string): void => {
    take(1);
    const inside = matchAt(quote === "'" ? /(?:[^'\\\n]|\\[\s\S])*/y : /(?:[^"\\\n]|\\[\s\S])*/y, source, at);
    strings.push(inside);
    takeBlank(inside.length);
    take(1);
  };
  const takeTemplateText = (): void => {
    const inside = matchAt(/(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y, source, at);
    strings.push(inside);
    takeBlank(inside.length);
    if (source[at] === '`') take(1);
    else {
      take(2);
      templateDepths.push(0);
    }
  };

  while (at < source.length) {
    const character = source[at] ?? '';
    const pair = source.slice(at, at + 2);
    const last = templateDepths.length - 1;
    if (pair === '//') takeBlank(matchAt(/\/\/[^\n]*/y, source, at).length);
    else if (pair === '/*') takeBlank(matchAt(/\/\*[\s\S]*?(?:\*\/|$)/y, source, at).length);
    else if (character === "'" || character === '"') takeQuoted(character);
    else if (character === '`') {
      take(1);
      takeTemplateText();
    } else if (character === '/' && beforeRegex.test(code.trimEnd().slice(-12))) {
      takeBlank(Math.max(1, matchAt(/\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y, source, at).length));
    } else if (character === '}' && templateDepths[last] === 0) {
      templateDepths.pop();
      take(1);
      takeTemplateText();
    } else {
      if (last >= 0 && character === '{') templateDepths[last] = (templateDepths[last] ?? 0) + 1;
      if (last >= 0 && character === '}') templateDepths[last] = (templateDepths[last] ?? 0) - 1;
      take(1);
    }
  }
  return { references: findReferences(source, code), code, strings };
}

function findReferences(source: string, code: string): ModuleReference[] {
  const references: ModuleReference[] = [];
  const add = (match: RegExpExecArray, kind: ModuleReference['kind'], clause: string): void => {
    const start = match.index + match[0].length;
    const quote = source[start - 1] ?? "'";
    references.push({ specifier: source.slice(start, source.indexOf(quote, start)), clause: clause.trim(), kind });
  };
  for (const match of code.matchAll(/(?<![.\w$])(import|export)\b([^'"`;()=]*?)\bfrom\s*['"]/g)) {
    add(match, match[1] === 'import' ? 'import' : 'export', match[2] ?? '');
  }
  for (const match of code.matchAll(/(?<![.\w$])import\s*['"]/g)) add(match, 'import', '');
  for (const match of code.matchAll(/(?<![.\w$])import\s*\(\s*['"`]/g)) add(match, 'dynamic', '');
  return references;
}

function matchAt(pattern: RegExp, text: string, position: number): string {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0] ?? '';
}
