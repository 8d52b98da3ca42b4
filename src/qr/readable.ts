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

/**
 * From further and further away: the decoder takes the middle of a large module in a pale colour for the background, where a
 * smaller one is seen as a whole.
 */
function holds(text: string, image: Pixels): boolean {
  const { rgba, size } = image;
  if (size > largestView) return holds(text, halved(image));
  const found = decode(rgba, size, size, { inversionAttempts: 'dontInvert' });
  if (found !== null && Buffer.from(found.binaryData).equals(Buffer.from(text))) return true;
  return size > smallestView && holds(text, halved(image));
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
  return holds(text, image);
}

/**
 * Turned by a right angle, too, and blurred, where modules have three pixels or more, and at half its size, where they have four.
 * @param pitch pixels that a module has a side
 */
export function isEasilyReadable(text: string, image: Pixels, pitch: number): boolean {
  const survivesBlur = pitch >= 3;
  const survivesHalf = pitch >= 4;
  return (
    holds(text, image) &&
    holds(text, turned(image)) &&
    (!survivesBlur || holds(text, blurred(image))) &&
    (!survivesHalf || holds(text, halved(image)))
  );
}
