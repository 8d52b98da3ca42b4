// Preloaded by a server's process (`--import`): its clock starts at TEST_CLOCK_FROM, as on a machine that is set to another date.

const shiftMs = Date.parse(process.env.TEST_CLOCK_FROM) - Date.now();
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...values) {
    if (values.length === 0) super(RealDate.now() + shiftMs);
    else super(...values);
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
};
