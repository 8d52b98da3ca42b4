// First step of `npm start`, `npm test` and `npm run dev`: says in one line when Node is too old to run TypeScript as it stands.
// Plain JavaScript that any Node since 12 can read, because an old Node is exactly what it looks for.

const needed = 24;
const found = Number(process.versions.node.split('.')[0]);

if (found < needed) {
  console.error(
    `Signpost needs Node ${needed} or later and found ${process.version}; run "npm ci", which brings it on Linux and Windows, or install it from https://nodejs.org`,
  );
  process.exitCode = 1;
}
