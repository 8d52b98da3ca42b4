// The plans a user can be on, and what each allows. The operator sets the numbers; what has no limit is Infinity.

import { AppError } from '../core/errors.ts';

export const limitedPlans = ['free', 'pro', 'business'] as const;
export type LimitedPlan = (typeof limitedPlans)[number];

export const planNames = [...limitedPlans, 'unlimited'] as const;
export type Plan = (typeof planNames)[number];

/** On a server of one's own nobody has to be held back. */
export const defaultPlan: Plan = 'unlimited';

export interface PlanLimits {
  /** Of each key; as many may come at once. */
  readonly requestsPerMinute: number;
  /** Links that are not archived. */
  readonly maxLinks: number;
  readonly maxDomains: number;
  readonly maxWebhooks: number;
  /** Saved QR codes. */
  readonly maxQrCodes: number;
  readonly maxGalleries: number;
  /** API keys that are not revoked. */
  readonly maxKeys: number;
}

export type Plans = Readonly<Record<Plan, PlanLimits>>;

/** As the configuration names them. */
export type PlanOption =
  | 'requests_per_minute'
  | 'max_links'
  | 'max_domains'
  | 'max_webhooks'
  | 'max_qr_codes'
  | 'max_galleries'
  | 'max_keys';

export const noLimits: PlanLimits = {
  requestsPerMinute: Infinity,
  maxLinks: Infinity,
  maxDomains: Infinity,
  maxWebhooks: Infinity,
  maxQrCodes: Infinity,
  maxGalleries: Infinity,
  maxKeys: Infinity,
};

/** @param configured what the operator allows; 0 is no limit */
export function plansFrom(configured: (plan: LimitedPlan, option: PlanOption) => number): Plans {
  const limitsOf = (plan: LimitedPlan): PlanLimits => {
    const limit = (option: PlanOption): number => configured(plan, option) || Infinity;
    return {
      requestsPerMinute: limit('requests_per_minute'),
      maxLinks: limit('max_links'),
      maxDomains: limit('max_domains'),
      maxWebhooks: limit('max_webhooks'),
      maxQrCodes: limit('max_qr_codes'),
      maxGalleries: limit('max_galleries'),
      maxKeys: limit('max_keys'),
    };
  };
  return { free: limitsOf('free'), pro: limitsOf('pro'), business: limitsOf('business'), unlimited: noLimits };
}

/**
 * Throws LIMIT_REACHED when `used` is all that a plan allows. To be exact, ask inside the transaction that makes one more.
 * @param things as in "your plan's limit on domains is reached: 10"
 */
export function requireRoom(used: number, limit: number, things: string): void {
  if (used >= limit) throw new AppError('LIMIT_REACHED', `your plan's limit on ${things} is reached: ${limit}`);
}
