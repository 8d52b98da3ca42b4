// The looks of galleries. Each theme's text has at least the contrast of WCAG AA to everything that can be behind it.

import type { FontFamily, Gallery, ThemeConfig } from '../galleries/gallery.ts';
import { defaultThemeConfig, luminance } from '../galleries/theme-config.ts';
import { galleryBase } from './gallery-base-style.ts';

const fonts: Readonly<Record<FontFamily, string>> = {
  sans: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  rounded:
    'ui-rounded, "SF Pro Rounded", "Hiragino Maru Gothic ProN", Quicksand, Nunito, Comfortaa, system-ui, sans-serif',
  serif: 'ui-serif, "Iowan Old Style", Charter, "Palatino Linotype", Palatino, "Noto Serif", Georgia, serif',
  mono: 'ui-monospace, "Cascadia Code", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
};

interface Look {
  readonly css: string;
  /** For the browser's own bars; two where light and dark differ. */
  readonly barColours: readonly [light: string, dark: string];
}

const dark = '@media (prefers-color-scheme: dark)';

const defaultLook: Look = {
  barColours: ['#f4f1ea', '#15171a'],
  css: `
:root { color-scheme: light dark; --font: ${fonts.sans}; --radius: 1rem; --ground: #f4f1ea; --ink: #1d2021; --quiet: #565a58; --card: #fff; --card-ink: #1d2021; --line: #e2ddd2; --chip: #dcebe4; --chip-ink: #14503c; --focus: #14664b; --glow: #fffaf0; }
${dark} { :root { --ground: #15171a; --ink: #f0efeb; --quiet: #b0b4b2; --card: #1f2226; --card-ink: #f0efeb; --line: #31363b; --chip: #1d3a30; --chip-ink: #9fe0c4; --focus: #7fd4b1; --glow: #1d2422; } }
body { background: radial-gradient(60rem 30rem at 50% -6rem, var(--glow), transparent) no-repeat, var(--ground); }
.avatar { box-shadow: 0 0 0 .25rem var(--card), 0 0 0 calc(.25rem + 1px) var(--line), 0 .75rem 2rem rgb(29 32 33 / .12); }
.item, .picture { box-shadow: 0 1px 2px rgb(29 32 33 / .05), 0 .25rem .75rem rgb(29 32 33 / .05); }
@media (hover: hover) { .item:hover, a.picture:hover { border-color: var(--focus); box-shadow: 0 .5rem 1.5rem rgb(29 32 33 / .13); } }
`,
};

const minimalLook: Look = {
  barColours: ['#ffffff', '#0e0e0f'],
  css: `
:root { color-scheme: light dark; --font: ${fonts.sans}; --radius: .5rem; --ground: #fff; --ink: #111; --quiet: #5a5a5a; --card: transparent; --card-ink: #111; --line: #dedede; --chip: #f1f1f0; --chip-ink: #111; --focus: #111; }
${dark} { :root { --ground: #0e0e0f; --ink: #f3f3f1; --quiet: #a5a5a3; --card-ink: #f3f3f1; --line: #2c2c2e; --chip: #1c1c1e; --chip-ink: #f3f3f1; --focus: #f3f3f1; } }
main { max-width: 34rem; }
header { align-items: flex-start; text-align: left; margin-bottom: 2.5rem; }
.avatar { width: 4.5rem; height: 4.5rem; }
.monogram { font-size: 1.875rem; font-weight: 500; }
h1 { font-size: clamp(1.75rem, 1.4rem + 1.8vw, 2.375rem); font-weight: 600; letter-spacing: -.03em; }
.profiles { justify-content: flex-start; margin-left: -.6875rem; }
.items { gap: 0; border-top: 1px solid var(--line); }
.items li { border-bottom: 1px solid var(--line); }
.item { grid-template-columns: auto 1fr 1.5rem; min-height: 4.25rem; padding: .75rem .25rem; border: 0; border-radius: .25rem; text-align: left; font-weight: 500; font-size: 1.0625rem; }
.item:not(:has(.face)) { grid-template-columns: 0 1fr 1.5rem; gap: 0; padding-inline: .25rem; }
.item::after { content: ""; grid-column: 3; justify-self: end; width: .5rem; height: .5rem; margin-right: .25rem; border: solid currentColor; border-width: 2px 2px 0 0; rotate: 45deg; transition: translate .18s ease; }
.face { width: 2.25rem; height: 2.25rem; background: none; }
img.face { border-radius: .375rem; }
figure { padding: 1rem 0; }
h2 { text-align: left; font-size: .9375rem; font-weight: 500; color: var(--quiet); margin-bottom: .75rem; }
figcaption { text-align: left; margin-left: 0; }
.items + hr, hr { width: 100%; border: 0; margin: 1.5rem 0; }
@media (hover: hover) { .item:hover { transform: none; background: var(--chip); } .item:hover::after { translate: .25rem; } a.picture:hover { transform: none; } }
`,
};

const gradientLook: Look = {
  barColours: ['#ffd3c2', '#241243'],
  css: `
:root { color-scheme: light dark; --font: ${fonts.rounded}; --radius: 1.5rem; --ground: #ffd3c2; --ink: #2b1030; --quiet: #4d2c52; --card: rgb(255 255 255 / .72); --card-ink: #2b1030; --line: rgb(255 255 255 / .85); --chip: #fff; --chip-ink: #7a1f6a; --focus: #6a1459; --sky: radial-gradient(90% 45% at 0% 0%, #ffe3a8, transparent), radial-gradient(100% 50% at 100% 20%, #ffb3d0, transparent), radial-gradient(110% 55% at 0% 85%, #c9c3ff, transparent), radial-gradient(90% 40% at 100% 100%, #ffc4a6, transparent), linear-gradient(#ffd3c2, #f6c2e4); }
${dark} { :root { --ground: #241243; --ink: #fdf3ff; --quiet: #e3cdec; --card: rgb(20 8 40 / .5); --card-ink: #fdf3ff; --line: rgb(255 255 255 / .2); --chip: rgb(255 255 255 / .16); --chip-ink: #ffe6f6; --focus: #ffc9ec; --sky: radial-gradient(90% 45% at 0% 0%, #5b1f6e, transparent), radial-gradient(100% 50% at 100% 20%, #7a1d55, transparent), radial-gradient(110% 55% at 0% 85%, #1d2f7d, transparent), radial-gradient(90% 40% at 100% 100%, #4a1766, transparent), linear-gradient(#241243, #2c1450); } }
body { background: var(--sky) no-repeat; background-color: var(--ground); }
.avatar { box-shadow: 0 0 0 .25rem rgb(255 255 255 / .6), 0 1rem 2.5rem rgb(60 10 60 / .25); }
.item, .picture { box-shadow: 0 .5rem 1.5rem rgb(60 10 60 / .1); backdrop-filter: blur(12px) saturate(1.3); }
.face { border-radius: 50%; }
@media (hover: hover) { .item:hover { background: rgb(255 255 255 / .9); box-shadow: 0 .75rem 2rem rgb(60 10 60 / .18); } ${dark} { .item:hover { background: rgb(20 8 40 / .68); } } }
`,
};

const darkLook: Look = {
  barColours: ['#0c0e12', '#0c0e12'],
  css: `
:root { color-scheme: dark; --font: ${fonts.sans}; --radius: .875rem; --ground: #0c0e12; --ink: #f1efe9; --quiet: #a9adb5; --card: #14171d; --card-ink: #f1efe9; --line: #272c35; --chip: #1f232b; --chip-ink: #ecc985; --focus: #ecc985; }
body { background: radial-gradient(45rem 26rem at 50% -4rem, #1d222c, transparent) no-repeat, var(--ground); }
.avatar { box-shadow: 0 0 0 1px #0c0e12, 0 0 0 3px #ecc985, 0 1rem 3rem rgb(0 0 0 / .6); }
h1 { letter-spacing: -.02em; }
h2 { color: #ecc985; }
.item { box-shadow: inset 0 1px 0 rgb(255 255 255 / .04); }
@media (hover: hover) { .item:hover, a.picture:hover { border-color: #ecc985; background: #191d24; } }
`,
};

const neonLook: Look = {
  barColours: ['#0a0514', '#0a0514'],
  css: `
:root { color-scheme: dark; --font: ${fonts.mono}; --radius: .75rem; --ground: #0a0514; --ink: #f7f2ff; --quiet: #c3b5e0; --card: #120a22; --card-ink: #f7f2ff; --line: #3a2760; --chip: transparent; --chip-ink: #5ef1ff; --focus: #ff5fd2; }
body { background: linear-gradient(rgb(120 80 220 / .1) 1px, transparent 1px) 0 0 / 100% 2.5rem, linear-gradient(90deg, rgb(120 80 220 / .1) 1px, transparent 1px) 50% 0 / 2.5rem 100%, radial-gradient(50rem 28rem at 50% -3rem, #2b0f52, transparent) no-repeat, var(--ground); }
.avatar { box-shadow: 0 0 0 2px #ff5fd2, 0 0 1.75rem rgb(255 95 210 / .55); background: #1b0d33; }
.monogram { color: #ff8be0; text-shadow: 0 0 1rem rgb(255 95 210 / .9); }
h1 { font-weight: 700; letter-spacing: -.02em; text-shadow: 0 0 1.25rem rgb(255 95 210 / .75); }
h2 { color: #5ef1ff; text-shadow: 0 0 1rem rgb(94 241 255 / .5); }
.profiles a { color: #5ef1ff; }
.profiles a:hover { filter: drop-shadow(0 0 .5rem #5ef1ff); }
.items li:nth-child(even) .item { --glow: 94 241 255; --edge: #5ef1ff; }
.item, .picture, .video { --glow: 255 95 210; --edge: #ff5fd2; border: 1.5px solid var(--edge); box-shadow: 0 0 .875rem rgb(var(--glow) / .22), inset 0 0 1.25rem rgb(var(--glow) / .07); }
.items li:nth-child(odd) .face { color: #ff8be0; }
hr { border-color: #ff5fd2; box-shadow: 0 0 .75rem #ff5fd2; }
@media (hover: hover) { .item:hover, a.picture:hover { box-shadow: 0 0 1.75rem rgb(var(--glow) / .5), inset 0 0 1.5rem rgb(var(--glow) / .14); } }
`,
};

/** Written into the style sheet as they are: colours of six digits, and numbers (theme-config.ts). */
function customLook(config: ThemeConfig): Look {
  const { backgroundColor: top, backgroundEndColor, textColor, buttonColor, buttonTextColor, buttonStyle } = config;
  const isOutline = buttonStyle === 'outline';
  const ground =
    backgroundEndColor === null
      ? top
      : `linear-gradient(${top}, ${backgroundEndColor}) no-repeat ${backgroundEndColor}`;
  const scheme = luminance(top) < 0.18 ? 'dark' : 'light';
  return {
    barColours: [top, top],
    css: `
:root { color-scheme: ${scheme}; --font: ${fonts[config.fontFamily]}; --radius: ${config.borderRadius}px; --ground: ${ground}; --ink: ${textColor}; --quiet: ${textColor}; --card: ${isOutline ? 'transparent' : buttonColor}; --card-ink: ${isOutline ? textColor : buttonTextColor}; --line: ${isOutline ? textColor : 'transparent'}; --chip: transparent; --chip-ink: ${isOutline ? textColor : buttonTextColor}; --focus: ${textColor}; }
.avatar, .profiles a:hover { background: ${textColor}; color: ${top}; }
hr { border-color: ${textColor}; }
${isOutline ? '.item, .picture { border-width: 2px; }' : ''}
${buttonStyle === 'shadow' ? `.items { gap: 1.125rem; } .item, .picture { border: 2px solid ${textColor}; box-shadow: .3125rem .3125rem 0 ${textColor}; }` : ''}
`,
  };
}

const looks: Readonly<Record<Exclude<Gallery['theme'], 'custom'>, Look>> = {
  default: defaultLook,
  minimal: minimalLook,
  gradient: gradientLook,
  dark: darkLook,
  neon: neonLook,
};

/** The whole style of a gallery's page, but for its owner's own. */
export function lookOf({ theme, themeConfig }: Pick<Gallery, 'theme' | 'themeConfig'>): Look {
  const { css, barColours } = theme === 'custom' ? customLook(themeConfig ?? defaultThemeConfig) : looks[theme];
  return { css: galleryBase + css, barColours };
}
