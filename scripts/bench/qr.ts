// QR codes: how many one core draws in a second, and what redirects at a steady rate notice of a server that draws all the time.

import { join } from 'node:path';
import { draw, type DrawOrder } from '../../src/qr/draw.ts';
import { defaultStyle, type QrStyle } from '../../src/qr/style.ts';
import { makeDataFolder } from './data-folder.ts';
import type { TrafficFigures } from './qr-traffic.ts';
import { atLeast, atMost, type BenchmarkOptions, median, type Report, shown } from './report.ts';
import { makeScratchFolder, outputOf, removeScratchFolder, startProcess } from './scratch.ts';
import { chosenLaunch, startSignpost } from './signpost-process.ts';

const warmUpCodes = 300;
const usual = { drawSeconds: 3, loadSeconds: 8, rounds: 3 };
const quick = { drawSeconds: 0.3, loadSeconds: 1, rounds: 1 };

interface Kind {
  readonly name: string;
  readonly style: Partial<QrStyle>;
}

const kinds: readonly Kind[] = [
  { name: 'SVG, 256 px', style: { size: 256, format: 'svg' } },
  { name: 'SVG, 256 px, dots', style: { size: 256, format: 'svg', cornerRadius: 50 } },
  { name: 'PNG, 512 px', style: { size: 512, format: 'png' } },
  { name: 'PNG, 512 px, dots', style: { size: 512, format: 'png', cornerRadius: 50 } },
  { name: 'PNG, 2048 px', style: { size: 2048, format: 'png' } },
];

function orderOf({ style }: Kind, n: number, isVerified: boolean): DrawOrder {
  const whole = { ...defaultStyle, ...style };
  // As long as a tracking URL, and another one each time.
  const text = `https://go.example/q/${String(n).padStart(10, '0')}`;
  return { text, style: whole, logo: null, format: whole.format, isVerified };
}

interface DrawingFigures {
  readonly name: string;
  /** By processor time: other programs on the machine do not count. */
  readonly perCore: number;
  readonly perSecond: number;
  readonly bytes: number;
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function drawMany(kind: Kind, seconds: number, isVerified = false): Promise<DrawingFigures> {
  for (let n = 0; n < warmUpCodes * Math.min(1, seconds); n++) await draw(orderOf(kind, n, isVerified));
  const startedAt = performance.now();
  const before = processorSeconds();
  let drawn = 0;
  let bytes = 0;
  while (performance.now() - startedAt < seconds * 1000) {
    const { image } = await draw(orderOf(kind, drawn++, isVerified));
    bytes += image!.length;
  }
  const name = isVerified ? `${kind.name}, decoded` : kind.name;
  const perSecond = (drawn * 1000) / (performance.now() - startedAt);
  return { name, perCore: drawn / (processorSeconds() - before), perSecond, bytes: bytes / drawn };
}

const trafficProgram = join(import.meta.dirname, 'qr-traffic.ts');

async function traffic(
  kind: 'redirects' | 'codes',
  origin: string,
  seconds: number,
  path = '',
): Promise<TrafficFigures> {
  const args = [trafficProgram, kind, origin, String(seconds), path];
  const output = await outputOf(startProcess(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as TrafficFigures;
}

interface Round {
  readonly alone: TrafficFigures;
  readonly beside: TrafficFigures;
  readonly codes: TrafficFigures;
}

export async function qr({ isQuick, isExecutable, say, ...given }: BenchmarkOptions): Promise<Report> {
  const lap = { ...(isQuick ? quick : usual) };
  const loadSeconds = given.seconds ?? lap.loadSeconds;
  const rounds = given.rounds ?? lap.rounds;
  const drawings: DrawingFigures[] = [];
  for (const kind of kinds) {
    say(`drawing ${kind.name}`);
    drawings.push(await drawMany(kind, lap.drawSeconds));
  }
  drawings.push(await drawMany(kinds[2]!, lap.drawSeconds, true));

  const folder = makeScratchFolder();
  const launch = chosenLaunch(isExecutable);
  const data = await makeDataFolder(launch, folder, 10);
  const server = await startSignpost(launch, data.path, {
    'limits.anonymous_requests_per_minute': 0,
    'log.level': 'warn',
  });
  const path = `/${data.links[0]!.slug}`;
  const laps: Round[] = [];
  await traffic('redirects', server.origin, Math.min(2, loadSeconds), path);
  for (let round = 0; round < rounds; round++) {
    const alone = await traffic('redirects', server.origin, loadSeconds, path);
    const [beside, codes] = await Promise.all([
      traffic('redirects', server.origin, loadSeconds, path),
      traffic('codes', server.origin, loadSeconds),
    ]);
    laps.push({ alone, beside, codes });
    say(
      `round ${round + 1} of ${rounds}: p99 ${shown(alone.p99Ms, 1)} ms alone, ${shown(beside.p99Ms, 1)} ms beside ${shown(codes.answered / codes.seconds)} codes/s`,
    );
  }
  await server.stop();
  removeScratchFolder(folder);
  return reportOf(drawings, laps);
}

function reportOf(drawings: readonly DrawingFigures[], laps: readonly Round[]): Report {
  const over = (value: (lap: Round) => number): number => median(laps.map(value));
  const perCore = (name: string): number => drawings.find((one) => one.name === name)?.perCore ?? 0;
  const faults = laps
    .flatMap(({ alone, beside, codes }) => [alone, beside, codes])
    .reduce((sum, one) => sum + one.faults, 0);
  const row = (name: string, of: (lap: Round) => TrafficFigures): string[] => [
    name,
    shown(over((lap) => of(lap).answered / of(lap).seconds)),
    shown(
      over((lap) => of(lap).p50Ms),
      2,
    ),
    shown(
      over((lap) => of(lap).p99Ms),
      2,
    ),
  ];
  return {
    tables: [
      {
        title: 'QR codes drawn by one thread, each of another text of 31 characters',
        columns: ['', 'a second of processor time', 'a second', 'bytes'],
        rows: drawings.map(({ name, perCore, perSecond, bytes }) => [
          name,
          shown(perCore),
          shown(perSecond),
          shown(bytes),
        ]),
      },
      {
        title:
          'Redirects at a steady rate, alone and while codes are asked for as fast as they come (half SVG of 256 px, half PNG of 512 px)',
        columns: ['', 'a second', 'p50 ms', 'p99 ms'],
        rows: [
          row('redirects alone', (lap) => lap.alone),
          row('redirects beside codes', (lap) => lap.beside),
          row('codes', (lap) => lap.codes),
        ],
      },
    ],
    notes: [],
    targets: [
      atLeast('256 px SVG a second of one core', 3_000, perCore(kinds[0]!.name)),
      atLeast('512 px PNG a second of one core', 200, perCore(kinds[2]!.name)),
      atMost(
        "redirects' p99 beside codes, by that alone",
        2,
        over(({ alone, beside }) => beside.p99Ms / alone.p99Ms),
      ),
    ],
    failures: faults === 0 ? [] : [`${faults} requests were not answered as they should have been`],
    figures: { drawings, laps },
  };
}
