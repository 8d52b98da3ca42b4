// Preloaded by a server's process (`--import`): its clock stands at TEST_CLOCK, so that times in its answers can be compared whole.
// What measures time by the monotonic clock is not affected.

const now = Date.parse(process.env.TEST_CLOCK);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...values) {
    if (values.length === 0) super(now);
    else super(...values);
  }

  static now() {
    return now;
  }
};
