// `npm run bench`: runs the benchmarks, prints tables and the targets of each. Ends with 1 when something was wrong
// (a lost click, a failed request), never because of a figure.

import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release } from 'node:os';
import { parseArgs } from 'node:util';
import { analytics } from './bench/analytics.ts';
import { backups } from './bench/backups.ts';
import { drift } from './bench/drift.ts';
import { links } from './bench/links.ts';
import { exports } from './bench/exports.ts';
import { generatorName } from './bench/load.ts';
import { outgoing } from './bench/outgoing.ts';
import { profile } from './bench/profile.ts';
import { qr } from './bench/qr.ts';
import { redirectVariants } from './bench/redirect-variants.ts';
import { redirects } from './bench/redirects.ts';
import { type Benchmark, type BenchmarkOptions, type Report, renderReport } from './bench/report.ts';
import { start } from './bench/start.ts';
import { stats } from './bench/stats.ts';
import { webhooks } from './bench/webhooks.ts';

const benchmarks: Readonly<Record<string, Benchmark>> = {
  redirects,
  'redirect-variants': redirectVariants,
  drift,
  start,
  stats,
  links,
  analytics,
  exports,
  qr,
  webhooks,
  outgoing,
  backups,
  profile,
};
/** Without names; a profile and the client alone answer another question, and drift and analytics at their full size take long. */
const usualNames = ['redirects', 'redirect-variants', 'start', 'stats', 'links', 'qr', 'webhooks', 'backups'];
const busyLoad = 0.5;

const usage = `npm run bench -- [NAME...] [--quick] [--executable] [--seconds N] [--rounds N] [--clicks N,…] [--data FOLDER]
              [--json FILE]
  NAME          ${Object.keys(benchmarks).join(', ')}; without any: ${usualNames.join(', ')}
  --quick       a short form for CI, of which the figures are rough
  --executable  the executable dist/signpost instead of the source, where a benchmark can choose
  --seconds N   length of a load run; of drift: of all of it
  --rounds N    how often each server is driven, or each start is repeated
  --clicks N,…  sizes of the analytics and exports benchmarks, such as 1m,10m,100m; links are a hundredth
  --data FOLDER keeps the histories of the analytics benchmark there, and takes those that it finds
  --json FILE   writes everything measured`;

class UsageError extends Error {}

function parseCommandLine() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      executable: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      clicks: { type: 'string' },
      data: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.find((name) => !Object.hasOwn(benchmarks, name));
  if (unknown !== undefined) throw new UsageError(`there is no benchmark ${unknown}`);
  return {
    ...values,
    names: positionals.length > 0 ? positionals : usualNames,
    seconds: wholeNumber('seconds', values.seconds),
    rounds: wholeNumber('rounds', values.rounds),
    clicks: sizes(values.clicks),
  };
}

function sizes(text: string | undefined): number[] | undefined {
  return text?.split(',').map((size) => {
    const [, digits, unit] = /^([1-9]\d{0,3})(k|m)$/.exec(size) ?? [];
    if (digits === undefined) throw new UsageError('--clicks must be sizes such as 200k or 1m,10m,100m');
    return Number(digits) * (unit === 'm' ? 1_000_000 : 1_000);
  });
}

type CommandLine = ReturnType<typeof parseCommandLine>;

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new UsageError(`--${name} must be a whole number from 1 to 9999`);
  return Number(text);
}

function machine() {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    kernel: release(),
    node: process.versions.node,
    generator: generatorName(),
    loadBefore: loadavg()[0] ?? 0,
  };
}

async function main({ names, quick, executable, json, help, ...given }: CommandLine): Promise<void> {
  if (help) {
    console.log(usage);
    return;
  }
  if (process.platform !== 'linux')
    throw new Error('the benchmarks read processor time and memory from /proc: Linux only');
  const options: BenchmarkOptions = {
    isQuick: quick,
    isExecutable: executable,
    seconds: given.seconds,
    rounds: given.rounds,
    clicks: given.clicks,
    data: given.data,
    say: (line) => console.error(`  … ${Math.round(performance.now() / 1000)} s: ${line}`),
  };
  const here = machine();
  console.log(
    `${here.processor}, ${here.cores} cores, Linux ${here.kernel}, Node ${here.node}, load by ${here.generator}`,
  );
  if (here.loadBefore > busyLoad)
    console.log(`the machine is busy (load ${here.loadBefore.toFixed(2)}): take these figures for nothing but a trial`);
  const reports: Record<string, Report> = {};
  for (const name of names) {
    const report = await (benchmarks[name] as Benchmark)(options);
    reports[name] = report;
    console.log(`\n${renderReport(report)}`);
    if (report.failures.length > 0) process.exitCode = 1;
  }
  if (json !== undefined) {
    const figures = Object.entries(reports).map(([name, { figures, targets, failures }]) => [
      name,
      { figures, targets, failures },
    ]);
    const document = {
      at: new Date().toISOString(),
      machine: here,
      quick,
      executable,
      benchmarks: Object.fromEntries(figures) as object,
    };
    writeFileSync(json, `${JSON.stringify(document, null, 2)}\n`);
  }
}

try {
  await main(parseCommandLine());
} catch (error) {
  const code = error instanceof TypeError && 'code' in error ? String(error.code) : '';
  const isUsage = error instanceof UsageError || code.startsWith('ERR_PARSE_ARGS');
  console.error(isUsage ? `${(error as Error).message}\n${usage}` : error);
  // At once: servers that were started would keep the process for ever.
  process.exit(isUsage ? 2 : 1);
}
