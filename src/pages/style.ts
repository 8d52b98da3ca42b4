// The one style of the small pages: readable from a phone to a wide screen, in light and dark, with no file to fetch.

export const style = `
:root { color-scheme: light dark; --ground: #f6f6f3; --sheet: #fff; --ink: #1b1c1e; --quiet: #55575c; --line: #dcdcd6; --edge: #84868c; --accent: #1d5bbf; --on-accent: #fff; --warning: #b3360b; }
@media (prefers-color-scheme: dark) { :root { --ground: #131417; --sheet: #1c1e22; --ink: #ececea; --quiet: #a9abb0; --line: #2e3136; --edge: #74777e; --accent: #8fb8fb; --on-accent: #10203c; --warning: #ff9a6c; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; min-height: 100svh; display: grid; align-items: center; justify-items: center; padding: 1rem; background: var(--ground); color: var(--ink); font: 1.0625rem/1.55 system-ui, sans-serif; }
main { width: 100%; max-width: 27rem; padding: 2rem 1.5rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 1rem; overflow-wrap: anywhere; }
@media (min-width: 30rem) { main { padding: 2.5rem; } }
.sign { display: block; width: 2.75rem; height: 2.75rem; margin-bottom: 1.25rem; color: var(--accent); }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; text-wrap: balance; }
p { margin: 0 0 1.25rem; color: var(--quiet); }
main > :last-child { margin-bottom: 0; }
label { display: block; margin-bottom: .375rem; font-weight: 600; }
input, button, .button { display: block; width: 100%; min-height: 3rem; padding: .625rem .875rem; font: inherit; border-radius: .625rem; border: 1px solid var(--edge); background: var(--sheet); color: inherit; }
button, .button { border-color: var(--accent); background: var(--accent); color: var(--on-accent); font-weight: 600; text-align: center; text-decoration: none; cursor: pointer; }
input + button { margin-top: .875rem; }
button:hover, .button:hover { filter: brightness(1.08); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
[aria-invalid=true] { border-color: var(--warning); }
[role=alert] { padding: .625rem .875rem; border-left: .25rem solid var(--warning); border-radius: .25rem; background: var(--ground); color: var(--ink); }
.address { padding: .75rem .875rem; border: 1px solid var(--line); border-radius: .625rem; background: var(--ground); color: var(--ink); font: .9375rem/1.5 ui-monospace, monospace; }
.long { max-height: 14rem; overflow: auto; }
`;
