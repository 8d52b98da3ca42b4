// The look of the theme `custom`: what is not given has a default, and colours that cannot be read on one another are refused.

import type * as z from 'zod';
import { Faults } from '../core/validation.ts';
import type { ThemeConfig } from './gallery.ts';
import type { themeConfigSchema } from './gallery-schemas.ts';

/** WCAG 2.2, level AA, for text of ordinary size. */
const minContrast = 4.5;

export const defaultThemeConfig: ThemeConfig = {
  backgroundColor: '#f4efe6',
  backgroundEndColor: null,
  textColor: '#2b2622',
  buttonColor: '#2b2622',
  buttonTextColor: '#fffaf2',
  buttonStyle: 'fill',
  fontFamily: 'sans',
  borderRadius: 16,
};

function channel(colour: string, start: number): number {
  const value = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
  return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** Relative luminance, from 0 for black to 1 for white (WCAG 2.2). */
export function luminance(colour: string): number {
  return 0.2126 * channel(colour, 1) + 0.7152 * channel(colour, 3) + 0.0722 * channel(colour, 5);
}

/** From 1 to 21 (WCAG 2.2). */
export function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

type Given = z.output<typeof themeConfigSchema>;

/** The whole configuration. Throws VALIDATION_ERROR, naming the colour to change. */
export function completeThemeConfig(given: Given): ThemeConfig {
  const config: ThemeConfig = {
    backgroundColor: given.backgroundColor ?? defaultThemeConfig.backgroundColor,
    backgroundEndColor: given.backgroundEndColor ?? null,
    textColor: given.textColor ?? defaultThemeConfig.textColor,
    buttonColor: given.buttonColor ?? defaultThemeConfig.buttonColor,
    buttonTextColor: given.buttonTextColor ?? defaultThemeConfig.buttonTextColor,
    buttonStyle: given.buttonStyle ?? defaultThemeConfig.buttonStyle,
    fontFamily: given.fontFamily ?? defaultThemeConfig.fontFamily,
    borderRadius: given.borderRadius ?? defaultThemeConfig.borderRadius,
  };
  const faults = new Faults();
  const require = (field: keyof ThemeConfig, text: string, behind: string, name: string): void => {
    const found = contrast(text, behind);
    // Rounded down, so that what is refused never reads as enough.
    const shown = Math.floor(found * 10) / 10;
    if (found < minContrast)
      faults.add(`themeConfig.${field}`, `has a contrast of ${shown} to ${name}; at least ${minContrast} is needed`);
  };
  const { backgroundColor, backgroundEndColor, textColor, buttonColor, buttonTextColor, buttonStyle } = config;
  require('textColor', textColor, backgroundColor, 'backgroundColor');
  if (backgroundEndColor !== null) require('textColor', textColor, backgroundEndColor, 'backgroundEndColor');
  if (buttonStyle !== 'outline') require('buttonTextColor', buttonTextColor, buttonColor, 'buttonColor');
  faults.throwIfAny();
  return config;
}
