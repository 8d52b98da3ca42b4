// The layout that all themes of galleries share: one column, from a phone to a wide screen. Themes set the variables, and
// may change everything else (gallery-themes.ts).

export const galleryBase = `
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; min-height: 100vh; min-height: 100svh; background: var(--ground); color: var(--ink); font: 400 1rem/1.5 var(--font); overflow-wrap: anywhere; }
main { width: 100%; max-width: 38rem; margin: 0 auto; padding: clamp(2.5rem, 9vh, 5.5rem) 1.25rem 4.5rem; }
img, svg { display: block; }
a { color: inherit; }
header { display: flex; flex-direction: column; align-items: center; text-align: center; margin-bottom: 2rem; }
.avatar { width: 6.5rem; height: 6.5rem; margin-bottom: 1.125rem; border-radius: 50%; object-fit: cover; background: var(--chip); }
.monogram { display: grid; place-items: center; color: var(--chip-ink); font-size: 2.75rem; font-weight: 600; line-height: 1; user-select: none; }
h1 { margin: 0; font-size: clamp(1.5rem, 1.3rem + 1vw, 1.875rem); font-weight: 700; line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; }
.bio { margin: .625rem 0 0; max-width: 30rem; color: var(--quiet); white-space: pre-line; text-wrap: pretty; }
.profiles { display: flex; flex-wrap: wrap; justify-content: center; gap: .125rem 0; margin: 1rem 0 0; padding: 0; list-style: none; }
.profiles a { display: grid; place-items: center; width: 2.75rem; height: 2.75rem; border-radius: 50%; color: var(--ink); transition: background-color .15s, color .15s, transform .15s; }
.profiles svg { width: 1.375rem; height: 1.375rem; }
.profiles a:hover { background: var(--chip); color: var(--chip-ink); }
@media (min-width: 30rem) { .profiles { gap: .25rem .375rem; } }
.items { display: grid; gap: .875rem; margin: 0; padding: 0; list-style: none; }
.items + h2, .items + hr { margin-top: 2.25rem; }
h2 { margin: 0 0 1rem; font-size: 1.0625rem; font-weight: 650; line-height: 1.3; text-align: center; color: var(--ink); text-wrap: balance; }
hr { width: 4rem; height: 0; margin: 2rem auto; border: 0; border-top: 2px solid var(--line); }
.item { position: relative; display: grid; grid-template-columns: 2.75rem 1fr 2.75rem; align-items: center; gap: .75rem; min-height: 4rem; padding: .5rem .625rem; border: 1px solid var(--line); border-radius: var(--radius); background: var(--card); color: var(--card-ink); font-weight: 550; line-height: 1.35; text-align: center; text-decoration: none; text-wrap: balance; transition: transform .18s ease, box-shadow .18s ease, border-color .18s ease, background-color .18s ease; }
.item .name { grid-column: 2; padding: .25rem 0; }
.face { display: grid; place-items: center; width: 2.75rem; height: 2.75rem; border-radius: calc(var(--radius) * .65); background: var(--chip); color: var(--chip-ink); overflow: hidden; }
.face svg { width: 1.375rem; height: 1.375rem; }
.item:not(:has(.face)) { grid-template-columns: 0 1fr 0; padding-inline: 1.25rem; }
img.face { object-fit: cover; }
figure { margin: 0; }
.picture { display: block; overflow: hidden; border: 1px solid var(--line); border-radius: var(--radius); background: var(--card); transition: transform .18s ease, box-shadow .18s ease; }
.picture img { width: 100%; height: auto; }
figcaption { margin: .625rem .25rem 0; color: var(--quiet); font-size: .9375rem; text-align: center; }
.video { aspect-ratio: 16 / 9; overflow: hidden; border-radius: var(--radius); box-shadow: 0 0 0 1px var(--line); }
.video iframe { display: block; width: 100%; height: 100%; border: 0; }
.preview { margin: 0; padding: .75rem 1.25rem; background: #1b1c1e; color: #fff; font: 500 .9375rem/1.4 system-ui, sans-serif; text-align: center; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 3px; }
@media (hover: hover) { .item:hover, a.picture:hover { transform: translateY(-2px); } .profiles a:hover { transform: translateY(-1px); } }
.item:active, a.picture:active { transform: translateY(0); }
@media (prefers-reduced-motion: reduce) { *, ::before, ::after { transition: none !important; animation: none !important; } .item:hover, a.picture:hover, .profiles a:hover { transform: none; } }
@media (forced-colors: active) { .item, .picture { border: 1px solid LinkText; } }
@media print { body { background: #fff; color: #000; } }
`;
