// Whether the code in an image can be read: by a decoder that has nothing to do with the encoder, from the pixels alone.

import jsqr from 'jsqr';

/** A square image; red, green, blue and opacity in turn. */
export interface Pixels {
  readonly rgba: Uint8ClampedArray;
  readonly size: number;
}

// The package is CommonJS: its types promise a default export that is, to Node, the module itself.
const decode = jsqr as unknown as typeof jsqr.default;

/** Larger images are looked at in half their size: no camera comes that close, and the decoder would take seconds. */
const largestView = 1024;
/** Down to which an image is looked at from further away, where nothing is found. */
const smallestView = 512;
/** The decoder finds nothing in less, whatever it shows: it is laid on a larger ground, as codes lie before a camera. */
const leastView = 40;
const framedView = 64;

/**
 * From further and further away: the decoder takes the middle of a large module in a pale colour for the background, where a
 * smaller one is seen as a whole.
 */
function holds(text: string, image: Pixels): boolean {
  const { rgba, size } = image;
  if (size > largestView) return holds(text, halved(image));
  if (size < leastView) return holds(text, framed(image));
  const found = decode(rgba, size, size, { inversionAttempts: 'dontInvert' });
  if (found !== null && Buffer.from(found.binaryData).equals(Buffer.from(text))) return true;
  return size > smallestView && holds(text, halved(image));
}

/** As cameras and decoders see it: how light each pixel is. Whoever makes it smaller or blurs it then gets the same from it. */
function lightOf({ rgba, size }: Pixels): Pixels {
  const result = new Uint8ClampedArray(rgba.length).fill(255);
  for (let at = 0; at < rgba.length; at += 4)
    result[at] = result[at + 1] = result[at + 2] = 0.2126 * rgba[at]! + 0.7152 * rgba[at + 1]! + 0.0722 * rgba[at + 2]!;
  return { rgba: result, size };
}

/** In the middle of a larger image of the shade that it has at its edge. */
function framed({ rgba, size }: Pixels): Pixels {
  const from = new Uint32Array(rgba.buffer, rgba.byteOffset, size * size);
  const result = new Uint32Array(framedView * framedView).fill(from[0]!);
  const edge = (framedView - size) >> 1;
  for (let y = 0; y < size; y++) result.set(from.subarray(y * size, (y + 1) * size), (y + edge) * framedView + edge);
  return { rgba: new Uint8ClampedArray(result.buffer), size: framedView };
}

function halved({ rgba, size }: Pixels): Pixels {
  const half = size >> 1;
  const result = new Uint8ClampedArray(half * half * 4);
  for (let y = 0, at = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      for (let part = 0; part < 4; part++, at++) {
        const from = (2 * y * size + 2 * x) * 4 + part;
        const below = from + size * 4;
        result[at] = (rgba[from]! + rgba[from + 4]! + rgba[below]! + rgba[below + 4]!) / 4;
      }
    }
  }
  return { rgba: result, size: half };
}

function turned({ rgba, size }: Pixels): Pixels {
  const from = new Uint32Array(rgba.buffer, rgba.byteOffset, size * size);
  const result = new Uint32Array(size * size);
  for (let y = 0, at = 0; y < size; y++)
    for (let x = 0; x < size; x++, at++) result[x * size + size - 1 - y] = from[at]!;
  return { rgba: new Uint8ClampedArray(result.buffer), size };
}

/** Each pixel with its neighbours, weighed 1, 2, 1, first along the rows and then along the columns. */
function blurred({ rgba, size }: Pixels): Pixels {
  const along = (values: Uint8ClampedArray, step: number): Uint8ClampedArray => {
    const result = Uint8ClampedArray.from(values);
    for (let at = step; at < values.length - step; at++)
      result[at] = (values[at - step]! + 2 * values[at]! + values[at + step]!) / 4;
    return result;
  };
  return { rgba: along(along(rgba, 4), size * 4), size };
}

/** In the image as it is. */
export function isReadable(text: string, image: Pixels): boolean {
  return holds(text, lightOf(image));
}

/** At half its size, blurred, and turned by a right angle, too. */
export function isEasilyReadable(text: string, image: Pixels): boolean {
  const light = lightOf(image);
  // What small codes fail at comes first.
  return [halved, blurred, turned, (same: Pixels) => same].every((seen) => holds(text, seen(light)));
}
