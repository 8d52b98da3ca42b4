// What is left of a gallery's own style sheet: all of it that is style, and nothing that fetches from elsewhere.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AppError } from '../../src/core/errors.ts';
import { maxCssBytes, servedCssOf } from '../../src/galleries/custom-css.ts';

const origin = 'https://go.example';
const served = (css: string): Promise<string> => servedCssOf(css, origin);

describe('a style sheet', () => {
  const kept: [given: string, expected: string][] = [
    ['', ''],
    ['a { color: red }', 'a{color:red}'],
    [
      '.item:hover, .x > a::before { --gap: calc(1rem + 2%); margin: var(--gap) }',
      '.item:hover,.x>a::before{--gap:calc(1rem + 2%);margin:var(--gap)}',
    ],
    [
      '@media (width >= 600px) and (prefers-color-scheme: dark) { a { color: red } }',
      '@media (width>=600px) and (prefers-color-scheme:dark){a{color:red}}',
    ],
    ['@supports (display: grid) { a { inset: 0 } }', '@supports (display:grid){a{inset:0}}'],
    ['@keyframes k { from { top: 0 } 50% { top: 1px } }', '@keyframes k{from{top:0}50%{top:1px}}'],
    ['@layer a, b; @layer a { b { c: d } }', '@layer a,b;@layer a{b{c:d}}'],
    ['@container card (min-width: 3rem) { a { b: c } }', '@container card (min-width:3rem){a{b:c}}'],
    [
      'a { color: color-mix(in srgb, red 20%, blue); &:hover { b: c } }',
      'a{color:color-mix(in srgb,red 20%,blue);&:hover{b:c}}',
    ],
    ['a { background: linear-gradient(#fff, #000) no-repeat }', 'a{background:linear-gradient(#fff,#000) no-repeat}'],
    ['a { background: url(/own.png) }', 'a{background:url(/own.png)}'],
    ['a { background: url(#part) }', 'a{background:url(#part)}'],
    ['a { background: url(https://go.example/own.png) }', 'a{background:url(https://go.example/own.png)}'],
    ['a { background: url("data:image/png;base64,AAAA") }', 'a{background:url(data:image/png;base64,AAAA)}'],
    ['@font-face { font-family: X; src: local("Arial") }', '@font-face{font-family:X;src:local("Arial")}'],
    ['a { content: "https://evil.example/" }', 'a{content:"https://evil.example/"}'],
  ];
  for (const [given, expected] of kept) {
    it(`keeps ${given || 'nothing of nothing'}`, async () => assert.equal(await served(given), expected));
  }

  const gone = [
    '@import "https://evil.example/a.css";',
    '@import url(//evil.example/a.css) screen;',
    '@IMPORT "a.css";',
    '@\\69mport "https://evil.example/a.css";',
    '@charset "utf-8";',
    '@namespace x url(https://evil.example/);',
    '@document url(https://evil.example/) { a { b: c } }',
    'a { background: url(https://evil.example/a.png) }',
    'a { background: url("https://evil.example/a.png") }',
    'a { background: URL( //evil.example/a.png ) }',
    'a { background: url(http://go.example/a.png) }',
    'a { background: url(https://go.example.evil.example/a.png) }',
    'a { background: url(https:evil.example/a.png) }',
    'a { background: url(\\68ttps://evil.example/a.png) }',
    'a { background: \\75rl(https://evil.example/a.png) }',
    'a { background: u\\72l("https://evil.example/a.png") }',
    'a { background: url(/\\\\evil.example/a.png) }',
    'a { background: url(/\\9 /evil.example/a.png) }',
    'a { background: url("/\\a/evil.example/a.png") }',
    'a { background: url(\\\\evil.example/a.png) }',
    'a { background: image-set("https://evil.example/a.png" 1x) }',
    'a { background: -webkit-image-set(url(https://evil.example/a.png) 1x) }',
    'a { background: image(ltr "https://evil.example/a.png") }',
    'a { background: cross-fade(url(https://evil.example/a.png), red) }',
    'a { background: src("https://evil.example/a.png") }',
    'a { --x: url(https://evil.example/a.png) }',
    'a { --x: { background: url(https://evil.example/a.png) } }',
    'a { background: var(--x, url(https://evil.example/a.png)) }',
    'a { cursor: url(https://evil.example/a.cur), auto }',
    'a { background: url(data:text/html,x) }',
    'a { background: url(data:image/svg+xmlx,https://evil.example) }',
    'a { background: url(blob:https://go.example/x) }',
    'a { background: url(javascript:alert\\(1\\)) }',
    'a { width: expression(alert(1)) }',
    '@font-face { src: url(https://evil.example/a.woff2) }',
    '@media x { a { background: url(https://evil.example/a.png) } }',
    '@supports (background: url(https://evil.example/a.png)) { a { b: c } }',
    'a { &:hover { background: url(https://evil.example/a.png) } }',
    'a { background: url(https://evil.example/a.png',
    '<!-- @import "https://evil.example/a.css"; -->',
    '/*! https://evil.example/ */',
    '</style><script src=https://evil.example/></script>',
    'a{}} @import "https://evil.example/a.css";',
    '} a { background: url(https://evil.example/a.png) }',
    'a { b: c; url(https://evil.example/a.png) }',
    'a { b: "\n; background: url(https://evil.example/a.png) }',
    '@media url("https://evil.example/a.css") { a { b: c } }',
    '@supports image-set("https://evil.example/a.png" 1x) { a { b: c } }',
    '@media ): image-set("https://evil.example/a.png") { a { b: c } }',
    '@media : image-set(,) //evil.example { a { b: c } }',
  ];
  for (const css of gone) {
    it(`loses what fetches from elsewhere in ${JSON.stringify(css)}`, async () => {
      const left = await served(`${css}\n.after { color: red }`).catch((error: unknown) => {
        assert.ok(error instanceof AppError, String(error));
        return '';
      });
      assert.doesNotMatch(left, /evil|@import|script|url\(|expression|\\/i);
    });
  }

  it('is the same when it is served again', async () => {
    const all = [...kept.map(([given]) => given), ...gone].join('\n');
    const once = await served(all);
    assert.equal(await served(once), once);
  });

  it('is read to its end, whatever was read before it', () => {
    // Where the second text ends, the first has a bracket of the kind that the second closes and never opened.
    const module = JSON.stringify(new URL('../../src/galleries/custom-css.ts', import.meta.url).href);
    const program = `const { servedCssOf } = await import(${module});
      for (const css of ['a a a [', '() ]:(']) await servedCssOf(css, 'https://go.example');`;
    // In a process of its own: nothing but its end stops a reader that goes round for ever.
    const { status, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 60_000 });
    assert.deepEqual({ status, signal }, { status: 0, signal: null });
  });

  it('is never more than it was told to be, whatever it is made of', async () => {
    const pieces = [
      'a',
      '{',
      '}',
      '(',
      ')',
      '"',
      "'",
      ';',
      ':',
      '@import ',
      '@media ',
      'url(',
      '//evil.example',
      '\\',
      '/*',
      '*/',
      ' ',
      '\n',
      'image-set(',
      '--x',
      'var(',
      ',',
      '<!--',
      '-->',
      '[',
      ']',
      '\u{1f600}',
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { maxLength: 40 }), async (parts) => {
        const once = await served(parts.join('')).catch((error: unknown) => {
          if (error instanceof AppError) return '';
          throw error;
        });
        assert.doesNotMatch(once, /(?<!\\)@import|url\(\s*["']?\/\/evil|:[^;{}]*image-set\(/i);
        assert.equal(await served(once), once);
      }),
      { numRuns: 1_000 },
    );
  });

  for (const [name, css] of [
    ['brackets', `a{b:${'('.repeat(maxCssBytes)}`],
    ['blocks', 'a{'.repeat(maxCssBytes / 2)],
    ['rules', '@media x{'.repeat(maxCssBytes / 9)],
    ['selectors', ':not('.repeat(maxCssBytes / 5)],
    ['values', `a{b:${'var(--x,'.repeat(maxCssBytes / 8)}`],
    ['brackets that others seem to close', `a{b:${'(")"}]'.repeat(maxCssBytes / 6)}`],
    ['brackets that comments seem to close', `a{b:${'(/*)*/'.repeat(maxCssBytes / 6)}`],
  ] as const) {
    it(`of nothing but ${name} in one another is refused`, async () => {
      await assert.rejects(served(css), { code: 'VALIDATION_ERROR', message: /cannot be read as a style sheet/ });
    });
  }

  it('may hold as many rules as fit, and 40 brackets in one another', async () => {
    assert.equal((await served('a{b:c}'.repeat(maxCssBytes / 6))).length, maxCssBytes - 2);
    const deep = `a{b:${'calc('.repeat(39)}1px${')'.repeat(39)}}`;
    assert.equal(await served(deep), deep);
    await assert.rejects(served(deep.replaceAll('1px', 'calc(1px)')), AppError);
  });
});
