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

export interface ClickJobsTable {
  id: Generated<number>;
  kind: string;
  user_id: number | null;
  link_id: number | null;
  input: string | null;
  position: number;
  end_position: number;
  examined: Generated<number>;
  changed: Generated<number>;
  created_at: number;
  finished_at: number | null;
  problem: string | null;
}

export interface ClicksTable {
  id: Generated<number>;
  link_id: number;
  clicked_at: number;
  verdict: number;
  place_id: number;
  user_agent_id: number;
  referrer_id: number;
  context_id: number;
  visitor: number;
  sketch: number;
  address: Buffer | null;
  previous_id: number;
}

export interface ContextsTable {
  id: Generated<number>;
  hash: number;
  language: string;
  utm_source: string;
  utm_medium: string;
  utm_campaign: string;
  utm_term: string;
  utm_content: string;
  target: string;
  qr: string;
}

export interface DeletedLinksTable {
  link_id: Generated<number>;
  user_id: number;
  public_id: string;
  deleted_at: number;
}

export interface DomainsTable {
  id: Generated<number>;
  public_id: string;
  user_id: number | null;
  host: string;
  status: string;
  serves: number;
  verification_token: string;
  verified_at: number | null;
  checked_at: number | null;
  problem: string | null;
  failing_since: number | null;
  failed_checks: Generated<number>;
  default_redirect_url: string | null;
  not_found_url: string | null;
  slug_case: Generated<string>;
  has_folded_slugs: Generated<number>;
  click_retention_days: number | null;
  created_at: number;
  updated_at: number;
}

export interface GalleriesTable {
  id: Generated<number>;
  public_id: string;
  counter_id: number;
  user_id: number;
  domain_id: number;
  slug: string;
  slug_key: string;
  title: string;
  bio: string | null;
  avatar_url: string | null;
  theme: string;
  theme_config: string | null;
  custom_css: string | null;
  served_css: string | null;
  social_links: string;
  seo_title: string | null;
  seo_description: string | null;
  is_published: number;
  created_at: number;
  updated_at: number;
}

export interface GalleryItemsTable {
  id: Generated<number>;
  public_id: string;
  counter_id: number;
  gallery_id: number;
  position: number;
  type: string;
  title: string | null;
  url: string | null;
  link_id: number | null;
  thumbnail_url: string | null;
  icon_name: string | null;
  is_visible: number;
  visible_from: number | null;
  visible_until: number | null;
  embed_type: string | null;
  embed_data: string | null;
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

export interface JobsTable {
  name: string;
  due_at: number;
  claim: string | null;
  lease_until: number | null;
  runs: Generated<number>;
  failures: Generated<number>;
  started_at: number | null;
  ended_at: number | null;
  duration_ms: number | null;
  error: string | null;
}

export interface LinkCountsTable {
  user_id: Generated<number>;
  live: number;
  archived: number;
}

export interface LinkDeletionsTable {
  link_id: Generated<number>;
  requested_at: number;
}

export interface LinkHistoryTable {
  link_id: number;
  version: number;
  fields: string;
  made_at: number;
  key_id: number | null;
}

export interface LinkRollUpsTable {
  id: Generated<number>;
  owner_id: number;
  parent_id: number;
  level: number;
  hits: number;
  first_quarter: number;
  last_quarter: number;
  summary: Buffer;
  sketch: Buffer | null;
  rows: Buffer | null;
}

export interface LinkSearchDeadTable {
  user_id: number;
  entry: number;
}

export interface LinkSearchEntriesTable {
  user_id: number;
  entry: number;
  link_id: number;
  created_at: number;
  updated_at: number;
  text: string;
}

export interface LinkSearchNumbersTable {
  user_id: Generated<number>;
  latest: number;
}

export interface LinkSearchPartsTable {
  id: Generated<number>;
  bytes: Buffer;
}

export interface LinkSearchSegmentsTable {
  id: Generated<number>;
  user_id: number;
  first_entry: number;
  last_entry: number;
  documents: number;
  suffixes: number;
  min_created: number;
  max_created: number;
  min_updated: number;
  max_updated: number;
  is_complete: number;
}

export interface LinkTagsTable {
  link_id: number;
  position: number;
  tag: string;
}

export interface LinkTotalsTable {
  link_id: Generated<number>;
  clicks: number;
  consumed: number;
  last_clicked_at: number | null;
  last_click_id: number;
  tail: number;
  dropped: Generated<number>;
}

export interface LinkTotalsEndTable {
  id: Generated<number>;
  click_id: number;
}

export interface LinksTable {
  id: Generated<number>;
  public_id: string;
  user_id: number;
  domain_id: number;
  slug: string;
  folded_slug: string | null;
  alias: string | null;
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
  settings: string | null;
  advanced_analytics: Generated<number>;
  is_archived: Generated<number>;
  archived_at: number | null;
  search_entry: number;
  destination_hash: number;
  version: Generated<number>;
  changed_by_key: number | null;
  created_at: number;
  updated_at: number;
}

export interface PasswordAddressesTable {
  link_id: number;
  day: number;
  entry: number;
}

export interface PasswordDaysTable {
  link_id: number;
  day: number;
  views: number;
  attempts: number;
  addresses: number;
  address_level: number;
}

export interface PlacesTable {
  id: Generated<number>;
  hash: number;
  country: string;
  region: string;
  region_name: string;
  city: string;
  postal_code: string;
  latitude: number | null;
  longitude: number | null;
  timezone: string;
  continent: string;
}

export interface QrCodesTable {
  id: Generated<number>;
  public_id: string;
  user_id: number;
  link_id: number | null;
  code: string;
  name: string | null;
  url: string | null;
  style: string;
  logo_url: string | null;
  logo: Buffer | null;
  logo_width: number | null;
  logo_height: number | null;
  version: Generated<number>;
  created_at: number;
  updated_at: number;
}

export interface QrTotalsTable {
  qr_id: Generated<number>;
  scans: number;
  last_scanned_at: number;
}

export interface ReferrersTable {
  id: Generated<number>;
  hash: number;
  url: string;
  host: string;
}

export interface SettingsTable {
  name: string;
  value: Buffer;
}

export interface UserAgentsTable {
  id: Generated<number>;
  hash: number;
  text: string;
  device: string;
  browser: string;
  browser_version: string;
  os: string;
  os_version: string;
}

export interface UserRollUpEndTable {
  id: Generated<number>;
  click_id: number;
}

export interface UserRollUpsTable {
  id: Generated<number>;
  owner_id: number;
  parent_id: number;
  level: number;
  hits: number;
  first_quarter: number;
  last_quarter: number;
  summary: Buffer;
  sketch: Buffer | null;
  rows: Buffer | null;
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

export interface VisitCountersTable {
  id: Generated<number>;
  user_id: number;
  counts: string;
}

export interface VisitorSaltsTable {
  day: Generated<number>;
  salt: Buffer;
}

export interface WebhookDeliveriesTable {
  webhook_id: number;
  event_id: number;
  last_event_id: number;
  event_count: number;
  event: string;
  public_id: string;
  state: number;
  due_at: number | null;
  claim: string | null;
  attempts: Generated<number>;
  attempted_at: number | null;
  status_code: number | null;
  duration_ms: number | null;
  error: string | null;
  response: string | null;
  created_at: number;
}

export interface WebhookEventsTable {
  id: Generated<number>;
  public_id: string;
  user_id: number;
  event: string;
  data: string;
  created_at: number;
}

export interface WebhookFanOutTable {
  id: Generated<number>;
  event_id: number;
}

export interface WebhookInterestsTable {
  event: string;
  user_id: number;
}

export interface WebhookReplaysTable {
  id: Generated<number>;
  webhook_id: number;
  next_event_id: number;
  last_event_id: number;
  only_failed: number;
}

export interface WebhooksTable {
  id: Generated<number>;
  public_id: string;
  user_id: number;
  name: string;
  url: string;
  events: string;
  secret: string;
  previous_secrets: string | null;
  batch_max_events: number | null;
  batch_max_wait_ms: number | null;
  status: string;
  switched_off_at: number | null;
  failure_count: Generated<number>;
  first_failure_at: number | null;
  probe_attempts: Generated<number>;
  probe_at: number | null;
  paused_until: number | null;
  after_event_id: number;
  held_through: Generated<number>;
  open_batch: number | null;
  deliveries: Generated<number>;
  last_triggered_at: number | null;
  last_status: number | null;
  deleted_at: number | null;
  created_at: number;
  updated_at: number;
}

export interface Tables {
  api_keys: ApiKeysTable;
  click_jobs: ClickJobsTable;
  clicks: ClicksTable;
  contexts: ContextsTable;
  deleted_links: DeletedLinksTable;
  domains: DomainsTable;
  galleries: GalleriesTable;
  gallery_items: GalleryItemsTable;
  idempotency_keys: IdempotencyKeysTable;
  jobs: JobsTable;
  link_counts: LinkCountsTable;
  link_deletions: LinkDeletionsTable;
  link_history: LinkHistoryTable;
  link_roll_ups: LinkRollUpsTable;
  link_search_dead: LinkSearchDeadTable;
  link_search_entries: LinkSearchEntriesTable;
  link_search_numbers: LinkSearchNumbersTable;
  link_search_parts: LinkSearchPartsTable;
  link_search_segments: LinkSearchSegmentsTable;
  link_tags: LinkTagsTable;
  link_totals: LinkTotalsTable;
  link_totals_end: LinkTotalsEndTable;
  links: LinksTable;
  password_addresses: PasswordAddressesTable;
  password_days: PasswordDaysTable;
  places: PlacesTable;
  qr_codes: QrCodesTable;
  qr_totals: QrTotalsTable;
  referrers: ReferrersTable;
  settings: SettingsTable;
  user_agents: UserAgentsTable;
  user_roll_up_end: UserRollUpEndTable;
  user_roll_ups: UserRollUpsTable;
  users: UsersTable;
  visit_counters: VisitCountersTable;
  visitor_salts: VisitorSaltsTable;
  webhook_deliveries: WebhookDeliveriesTable;
  webhook_events: WebhookEventsTable;
  webhook_fan_out: WebhookFanOutTable;
  webhook_interests: WebhookInterestsTable;
  webhook_replays: WebhookReplaysTable;
  webhooks: WebhooksTable;
}
