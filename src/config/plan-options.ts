// The options of the plans: the same for each, with numbers of their own. 0 is no limit.

import { integer, type Option } from './option-types.ts';

interface PlanDefaults {
  readonly requests_per_minute: number;
  readonly max_links: number;
  readonly max_domains: number;
  readonly max_webhooks: number;
  readonly max_qr_codes: number;
  readonly max_galleries: number;
  readonly max_keys: number;
}

type PlanOptions<P extends string> = { readonly [K in `plans.${P}.${keyof PlanDefaults}`]: Option<number> };

/** `plans.free.requests_per_minute` and so on. Users are on the plan `unlimited`, which has no options, unless they are given another. */
export function planOptions<const P extends string>(plan: P, defaults: PlanDefaults): PlanOptions<P> {
  const row = (name: keyof PlanDefaults, max: number, help: string) => ({
    [`plans.${plan}.${name}`]: integer({ default: defaults[name], min: 0, max, help: `${help} 0: no limit.` }),
  });
  return {
    ...row(
      'requests_per_minute',
      1_000_000,
      `How many requests a minute each key of a user on the plan ${plan} may send to the API; redirects are never limited.`,
    ),
    ...row('max_links', 1_000_000_000, `Links that a user on the plan ${plan} may have; archived ones do not count.`),
    ...row('max_domains', 1_000_000, `Domains that a user on the plan ${plan} may have.`),
    ...row('max_webhooks', 1_000_000, `Webhooks that a user on the plan ${plan} may have.`),
    ...row('max_qr_codes', 1_000_000, `QR codes that a user on the plan ${plan} may have saved.`),
    ...row('max_galleries', 1_000_000, `Galleries that a user on the plan ${plan} may have, published or not.`),
    ...row('max_keys', 1_000, `API keys that a user on the plan ${plan} may have; revoked ones do not count.`),
  } as PlanOptions<P>;
}
