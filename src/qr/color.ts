// Colours as the API writes them and as pixels hold them.

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** @param color `#rrggbb` */
export function rgbOf(color: string): Rgb {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
}

/** How light a camera without colours sees it, 0 to 255. */
export function greyOf(color: string): number {
  const [red, green, blue] = rgbOf(color);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
