// Preloaded by a server's process (`--import`), in all its threads: its clock starts at TEST_CLOCK_FROM, as on a machine that is set to another
// date, and is set forward and back by as many milliseconds as the file TEST_CLOCK_STEP says. With TEST_CLOCK_STANDS it does not go on by itself.

import { readFileSync } from 'node:fs';

const RealDate = Date;
const stepFile = process.env.TEST_CLOCK_STEP;
// Threads start at different times, and must agree.
const startedAt = Number((process.env.TEST_CLOCK_STARTED_AT ??= String(RealDate.now())));
const from = Date.parse(process.env.TEST_CLOCK_FROM);
const stands = process.env.TEST_CLOCK_STANDS !== undefined;

function now() {
  const goneMs = stands ? 0 : RealDate.now() - startedAt;
  return from + goneMs + (stepFile === undefined ? 0 : Number(readFileSync(stepFile, 'latin1')));
}

globalThis.Date = class extends RealDate {
  constructor(...values) {
    if (values.length === 0) super(now());
    else super(...values);
  }

  static now() {
    return now();
  }
};
