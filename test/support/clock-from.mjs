// Preloaded by a server's process (`--import`), in all its threads: its clock starts at TEST_CLOCK_FROM, as on a machine that is set to another
// date, and is set forward and back by as many milliseconds as the file TEST_CLOCK_STEP says.

import { readFileSync } from 'node:fs';

const RealDate = Date;
const stepFile = process.env.TEST_CLOCK_STEP;
// Threads start at different times, and must agree.
const startedAt = Number((process.env.TEST_CLOCK_STARTED_AT ??= String(RealDate.now())));
const shiftMs = Date.parse(process.env.TEST_CLOCK_FROM) - startedAt;

function now() {
  return RealDate.now() + shiftMs + (stepFile === undefined ? 0 : Number(readFileSync(stepFile, 'latin1')));
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
