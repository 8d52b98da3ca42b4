// The load generator: wrk where it is installed, else autocannon. Counts what it was answered and how long it waited.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { outputOf, startProcess } from './scratch.ts';
import { requestText, type Visit } from './visits.ts';

/** Requests that may be on their way when a run ends: the server has stored them, the generator did not count them. */
export const connections = 64;

export interface LoadRun {
  /** Redirects that came back whole; of POSTs, whatever succeeded. */
  readonly redirects: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Connections that failed, timeouts, and answers that were no redirect. */
  readonly faults: number;
}

export interface Load {
  readonly generator: string;
  run(origin: string, seconds: number): Promise<LoadRun>;
}

// wrk calls init once for its thread, request for each request, done at the end. Percentiles are in microseconds.
// Answers are not looked at one by one, which would cost wrk more than the request: status counts those above 399.
const wrkScript = (requestsFile: string): string => `
local requests, position = {}, 0
function init()
  local file = assert(io.open(${JSON.stringify(requestsFile)}, "rb"))
  for request in file:read("*a"):gmatch("[^%z]+") do requests[#requests + 1] = request end
  file:close()
end
function request()
  position = position % #requests + 1
  return requests[position]
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('\\n{"redirects":%d,"seconds":%f,"p50Ms":%f,"p99Ms":%f,"faults":%d}\\n',
    summary.requests - errors.status, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status))
end
`;

export function generatorName(): string {
  const { error, stdout, stderr } = spawnSync('wrk', ['-v'], { encoding: 'utf8' });
  if (error !== undefined) return 'autocannon';
  return /wrk \S+/.exec(`${stdout}${stderr}`)?.[0] ?? 'wrk';
}

// autocannon keeps more of each request than wrk, and repeats them sooner.
const autocannonVisits = 8_192;

/** Writes the requests into files in `folder`, named `name`. */
export function prepareLoad(folder: string, name: string, visits: readonly Visit[]): Load {
  const generator = generatorName();
  if (generator === 'autocannon') {
    const visitsFile = join(folder, `${name}.json`);
    writeFileSync(visitsFile, JSON.stringify(visits.slice(0, autocannonVisits)));
    const program = join(import.meta.dirname, 'autocannon-load.ts');
    return {
      generator,
      run: (origin, seconds) =>
        runOf(process.execPath, [program, origin, String(seconds), String(connections), visitsFile]),
    };
  }
  const requestsFile = join(folder, `${name}.requests`);
  const scriptFile = join(folder, `${name}.lua`);
  writeFileSync(requestsFile, visits.map(requestText).join('\0'));
  writeFileSync(scriptFile, wrkScript(requestsFile));
  return {
    generator,
    run: (origin, seconds) =>
      runOf('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', scriptFile, origin]),
  };
}

async function runOf(command: string, args: readonly string[]): Promise<LoadRun> {
  const output = await outputOf(startProcess(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as LoadRun;
}
