// The plans a user can be on, and what each allows.

export const plans = {
  free: { requestsPerMinute: 60 },
  pro: { requestsPerMinute: 300 },
  business: { requestsPerMinute: 1000 },
  /** The default: on a server of one's own nobody has to be held back. */
  unlimited: { requestsPerMinute: Infinity },
} as const;

export type Plan = keyof typeof plans;

export const planNames = Object.keys(plans) as readonly Plan[];
export const defaultPlan: Plan = 'unlimited';
