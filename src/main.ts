// argv → command → exit code. Loads nothing else before it knows that this Node can run the rest.
// No top-level await: the executable is bundled as CommonJS.

const leastNodeMajor = 24;

// Whoever reads standard output may leave (`signpost users list | head -1`); that is no reason to crash, least of all for a server.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

if (Number.parseInt(process.versions.node, 10) < leastNodeMajor) {
  process.stderr.write(`signpost: needs Node ${leastNodeMajor} or later, this is ${process.versions.node}\n`);
  process.exit(1);
}

void import('./cli/program.ts').then(async ({ runProgram }) => {
  const exitCode = await runProgram(process.argv.slice(2));
  // After what was printed has left; a pipe on Windows writes later than the call returns.
  process.stdout.write('', () => process.exit(exitCode));
});
