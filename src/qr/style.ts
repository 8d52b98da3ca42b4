// How a QR code looks, and which looks no scanner would read: those are refused with what to change.

import type { Faults } from '../core/validation.ts';
import { rgbOf } from './color.ts';

export const errorCorrections = ['L', 'M', 'Q', 'H'] as const;
export type ErrorCorrection = (typeof errorCorrections)[number];

export const eyeStyles = ['square', 'rounded'] as const;
export type EyeStyle = (typeof eyeStyles)[number];

export const imageFormats = ['svg', 'png'] as const;
export type ImageFormat = (typeof imageFormats)[number];

export interface QrStyle {
  readonly size: number;
  /** `#rrggbb`, as given. */
  readonly foregroundColor: string;
  readonly backgroundColor: string;
  readonly cornerRadius: number;
  /** As wished for; a logo raises it to H. */
  readonly errorCorrection: ErrorCorrection;
  readonly margin: number;
  readonly eyeStyle: EyeStyle;
  /** Percent of the code's side. */
  readonly logoSize: number;
  /** Of images that are asked for without a format. */
  readonly format: ImageFormat;
}

export const defaultStyle: QrStyle = {
  size: 256,
  foregroundColor: '#000000',
  backgroundColor: '#FFFFFF',
  cornerRadius: 0,
  errorCorrection: 'M',
  margin: 4,
  eyeStyle: 'square',
  logoSize: 20,
  format: 'svg',
};

/** Bytes of the text that a code holds: beyond, codes become too fine for most cameras. */
export const maxDataBytes = 2048;
/** In pixels, and in units of an SVG. */
export const sizeLimits = { min: 64, max: 2048 } as const;
export const maxMargin = 16;
export const logoSizeLimits = { min: 5, max: 40 } as const;

const minContrast = 3;

/** What a code is made with: a logo is only readable around where much of the code can be missing. */
export function effectiveCorrection({ errorCorrection }: QrStyle, hasLogo: boolean): ErrorCorrection {
  return hasLogo ? 'H' : errorCorrection;
}

/** Relative luminance, as WCAG 2 defines it. */
function luminance(color: string): number {
  const [red, green, blue] = rgbOf(color).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Notes what would keep scanners from reading codes of this style, whatever they hold. */
export function checkStyle({ foregroundColor, backgroundColor, margin }: QrStyle, faults: Faults): void {
  const dark = luminance(foregroundColor);
  const light = luminance(backgroundColor);
  if (dark > light) {
    faults.add('foregroundColor', 'is lighter than backgroundColor, which many scanners cannot read: exchange the two');
  } else {
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < minContrast) {
      // Cut, not rounded: 2.999 must not be shown as the 3 that would do.
      const shown = Math.floor(contrast * 100) / 100;
      faults.add(
        'foregroundColor',
        `has a contrast of ${shown}:1 to backgroundColor, and scanners need ${minContrast}:1: make it darker, or the background lighter`,
      );
    }
  }
  // Decided by decoding: on a dark ground no scanner of ours finds a code without one, and each finds one with a single module.
  if (margin === 0)
    faults.add('margin', 'must be at least 1: without a quiet zone around it, scanners do not find the code');
}
