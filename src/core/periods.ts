// Days and quarter-hours, the units in which clicks are rolled up. Quarter-hours, because every time zone's offset is a
// multiple of one: local days of any zone can be put together from them.

export const quarterMs = 15 * 60_000;
export const hourMs = 60 * 60_000;
export const dayMs = 24 * hourMs;
export const quartersPerDay = 96;

/** Whole UTC days since 1970. */
export const utcDay = (time: number): number => Math.floor(time / dayMs);

/** Whole quarter-hours since 1970. */
export const quarterOf = (time: number): number => Math.floor(time / quarterMs);
