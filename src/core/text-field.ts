// The schema of a text, with the rules that all texts share.

import * as z from 'zod';
import { isLongerThan, lineFault } from './text-rules.ts';

/**
 * A schema for a line of `min` to `max` code points (JSON Schema's maxLength counts those too; zod's own counts UTF-16 units).
 * @param faultOf what else is wrong with a text; by default, anything that is no single line
 */
export function textField(
  max: number,
  min = 0,
  faultOf: (text: string) => string | undefined = lineFault,
): z.ZodString {
  const length = min === 0 ? { maxLength: max } : { minLength: min, maxLength: max };
  return z
    .string()
    .superRefine((text, context) => {
      const fault =
        faultOf(text) ??
        (isLongerThan(text, max) ? `is longer than ${max} characters` : undefined) ??
        (min > 0 && !isLongerThan(text, min - 1)
          ? min === 1
            ? 'is empty'
            : `is shorter than ${min} characters`
          : undefined);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    })
    .meta(length);
}
