// Made from schema.sql by `npm run tables`; do not edit.

import type { Generated } from 'kysely';

export interface ApiKeysTable {
  id: Generated<number>;
  public_id: string;
  user_id: number;
  name: string;
  secret_hash: Buffer;
  hint: string;
  scopes: string | null;
  expires_at: number | null;
  revoked_at: number | null;
  last_used_at: number | null;
  created_at: number;
}

export interface ClickBucketsTable {
  bucket: number;
  link_id: number;
  profile_id: number;
  clicks: number;
}

export interface ClickDaysTable {
  link_id: number;
  day: number;
  summary: string | null;
  cube: Buffer;
}

export interface ClicksTable {
  id: Generated<number>;
  link_id: number;
  clicked_at: number;
  profile_id: number;
  user_agent_id: number;
  visitor: number;
  address: Buffer | null;
  previous_id: number;
}

export interface DomainsTable {
  id: Generated<number>;
  public_id: string;
  user_id: number | null;
  host: string;
  verified_at: number | null;
  created_at: number;
  updated_at: number;
}

export interface IdempotencyKeysTable {
  user_id: number;
  key: string;
  request_hash: Buffer;
  output: string;
  created_at: number;
}

export interface LinkCountsTable {
  user_id: Generated<number>;
  live: number;
  archived: number;
}

export interface LinkHistoryTable {
  link_id: number;
  version: number;
  fields: string;
  made_at: number;
  key_id: number | null;
}

export interface LinkTagsTable {
  link_id: number;
  position: number;
  tag: string;
}

export interface LinkTotalsTable {
  link_id: Generated<number>;
  clicks: number;
  last_clicked_at: number | null;
  last_click_id: number;
  day: number;
  visitors: Buffer;
}

export interface LinksTable {
  id: Generated<number>;
  public_id: string;
  user_id: number;
  domain_id: number;
  slug: string;
  destination_url: string;
  title: string | null;
  description: string | null;
  password_hash: string | null;
  password_version: Generated<number>;
  expires_at: number | null;
  click_limit: number | null;
  one_time: Generated<number>;
  expired_url: string | null;
  geo_targets: string | null;
  device_targets: string | null;
  ios_url: string | null;
  android_url: string | null;
  utm: string | null;
  og: string | null;
  forward_query: Generated<number>;
  redirect_status: Generated<number>;
  track_analytics: Generated<number>;
  filter_bots: Generated<number>;
  public_stats: Generated<number>;
  metadata: string | null;
  is_archived: Generated<number>;
  search_text: string;
  destination_hash: number;
  version: Generated<number>;
  changed_by_key: number | null;
  created_at: number;
  updated_at: number;
}

export interface ProfilesTable {
  id: Generated<number>;
  verdict: number;
  country: string;
  device: string;
  browser: string;
  os: string;
  referrer: string;
  language: string;
}

export interface SettingsTable {
  name: string;
  value: Buffer;
}

export interface UserAgentsTable {
  id: Generated<number>;
  text: string;
}

export interface UsersTable {
  id: Generated<number>;
  public_id: string;
  email: string;
  email_key: string;
  name: string;
  plan: string;
  created_at: number;
  updated_at: number;
}

export interface VisitorDaysTable {
  link_id: number;
  day: number;
  visitors: Buffer;
}

export interface VisitorSaltsTable {
  day: Generated<number>;
  salt: Buffer;
}

export interface Tables {
  api_keys: ApiKeysTable;
  click_buckets: ClickBucketsTable;
  click_days: ClickDaysTable;
  clicks: ClicksTable;
  domains: DomainsTable;
  idempotency_keys: IdempotencyKeysTable;
  link_counts: LinkCountsTable;
  link_history: LinkHistoryTable;
  link_tags: LinkTagsTable;
  link_totals: LinkTotalsTable;
  links: LinksTable;
  profiles: ProfilesTable;
  settings: SettingsTable;
  user_agents: UserAgentsTable;
  users: UsersTable;
  visitor_days: VisitorDaysTable;
  visitor_salts: VisitorSaltsTable;
}
