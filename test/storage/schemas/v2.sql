-- What a new Signpost database gets. Old ones reach exactly this through src/storage/migrations.ts, and a test compares the two.
-- Times are Unix milliseconds in UTC. Public ids (lnk_…, usr_…) are what the API shows; integer ids never leave the process.

CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL UNIQUE, -- the address in lower case: two users never differ by case alone
  name TEXT NOT NULL,
  plan TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  user_id INTEGER NOT NULL REFERENCES users (id),
  name TEXT NOT NULL,
  secret_hash BLOB NOT NULL UNIQUE, -- SHA-256; the secret itself is shown once and kept nowhere
  hint TEXT NOT NULL, -- the last four characters, for telling keys apart
  scopes TEXT, -- JSON array; NULL: everything of the user's own
  expires_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX api_keys_by_user ON api_keys (user_id);

-- Row 1 is the default domain; its host follows server.public_url, so that links move along when the address changes.
CREATE TABLE domains (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: the history of links names domains that are gone
  public_id TEXT NOT NULL UNIQUE,
  user_id INTEGER REFERENCES users (id), -- NULL: open to every user of the server
  host TEXT NOT NULL, -- lower case, ASCII (IDNA), without port
  status TEXT NOT NULL CHECK (status IN ('pending', 'verified', 'failed')),
  serves INTEGER NOT NULL, -- 1: requests for the host are answered from here. Once verified, until another user's proof takes the host over
  verification_token TEXT NOT NULL,
  verified_at INTEGER, -- when it was first proved
  checked_at INTEGER, -- when the proof was last looked for
  problem TEXT, -- what was wrong then (domains/proof.ts); NULL: nothing
  failing_since INTEGER, -- of a domain that serves: when the first of the checks was made that have failed since the last good one
  failed_checks INTEGER NOT NULL DEFAULT 0, -- how many those are
  default_redirect_url TEXT,
  not_found_url TEXT,
  slug_case TEXT NOT NULL DEFAULT 'sensitive' CHECK (slug_case IN ('sensitive', 'insensitive')),
  has_folded_slugs INTEGER NOT NULL DEFAULT 0, -- 1: some of its links have a folded_slug, though slugs may be sensitive by now
  click_retention_days INTEGER, -- NULL: the server's
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (user_id, host)
) STRICT;
-- Many may claim a host, one has it.
CREATE UNIQUE INDEX domains_serving ON domains (host) WHERE serves = 1;

CREATE TABLE links (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: what was counted of a deleted link stays under its number
  public_id TEXT NOT NULL UNIQUE,
  user_id INTEGER NOT NULL REFERENCES users (id),
  domain_id INTEGER NOT NULL REFERENCES domains (id),
  slug TEXT NOT NULL, -- NFC
  folded_slug TEXT, -- the slug without case, where the link is found in any: printed so, it must stay so. NULL: in its own case only
  alias TEXT, -- a second code that leads to the link, beside the slug
  destination_url TEXT NOT NULL,
  title TEXT,
  description TEXT,
  password_hash TEXT,
  password_version INTEGER NOT NULL DEFAULT 0,
  expires_at INTEGER,
  click_limit INTEGER,
  one_time INTEGER NOT NULL DEFAULT 0,
  expired_url TEXT,
  geo_targets TEXT, -- JSON object
  device_targets TEXT, -- JSON object
  ios_url TEXT,
  android_url TEXT,
  utm TEXT, -- JSON object of the fields that are set
  og TEXT, -- JSON object of the fields that are set
  forward_query INTEGER NOT NULL DEFAULT 1,
  redirect_status INTEGER NOT NULL DEFAULT 302,
  track_analytics INTEGER NOT NULL DEFAULT 1,
  filter_bots INTEGER NOT NULL DEFAULT 1,
  public_stats INTEGER NOT NULL DEFAULT 0,
  metadata TEXT, -- JSON object
  settings TEXT, -- JSON array of {key, value}, in the caller's order
  advanced_analytics INTEGER NOT NULL DEFAULT 1, -- 0: clients that ask for it so are shown totals alone
  is_archived INTEGER NOT NULL DEFAULT 0,
  archived_at INTEGER, -- since when; NULL: it is not archived
  search_entry INTEGER NOT NULL, -- number of its entry in the search, among the user's; a new one with every change
  destination_hash INTEGER NOT NULL, -- 48 bits of SHA-256, for finding a link by where it leads
  version INTEGER NOT NULL DEFAULT 1, -- rises with every change
  changed_by_key INTEGER REFERENCES api_keys (id), -- which key made this version; NULL: none
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (domain_id, slug)
) STRICT;
CREATE INDEX links_by_user_created ON links (user_id, is_archived, created_at, id);
CREATE INDEX links_by_user_updated ON links (user_id, is_archived, updated_at, id);

-- On domains whose slugs were never case-insensitive it has no entries, and costs nothing.
CREATE UNIQUE INDEX links_by_folded_slug ON links (domain_id, folded_slug) WHERE folded_slug IS NOT NULL;
-- By stretches of 65,536 links: hashes are drawn all over, and each new link would go to another page of one long index.
-- link-store.ts asks stretch by stretch.
CREATE INDEX links_by_destination ON links (user_id, id / 65536, destination_hash);

-- Links that were deleted for good: whose the clicks were.
CREATE TABLE deleted_links (
  link_id INTEGER PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id),
  public_id TEXT NOT NULL,
  deleted_at INTEGER NOT NULL
) STRICT;

-- Archived links that the command line wants deleted for good, by a server that runs (clicks/link-deletions.ts).
CREATE TABLE link_deletions (
  link_id INTEGER PRIMARY KEY REFERENCES links (id) ON DELETE CASCADE,
  requested_at INTEGER NOT NULL
) STRICT;

-- Slugs and aliases are one space of codes: none leads to two links, or twice to one. Kept by triggers, so that no write can forget it.
CREATE UNIQUE INDEX links_by_alias ON links (domain_id, alias) WHERE alias IS NOT NULL;
CREATE TRIGGER links_slug_update BEFORE UPDATE OF domain_id, slug ON links
WHEN EXISTS (SELECT 1 FROM links WHERE domain_id = new.domain_id AND alias = new.slug AND id <> new.id) BEGIN
  SELECT RAISE(ABORT, 'links.slug is an alias');
END;
CREATE TRIGGER links_alias_update BEFORE UPDATE OF domain_id, slug, alias ON links WHEN new.alias IS NOT NULL
  AND (new.alias = new.slug
    OR EXISTS (SELECT 1 FROM links WHERE domain_id = new.domain_id AND slug = new.alias AND id <> new.id)) BEGIN
  SELECT RAISE(ABORT, 'links.alias is a slug');
END;

-- How many links each user has: a quota is checked with every new link, and must not cost a count. Kept by triggers, so that
-- no write can forget it.
CREATE TABLE link_counts (
  user_id INTEGER PRIMARY KEY REFERENCES users (id),
  live INTEGER NOT NULL, -- not archived
  archived INTEGER NOT NULL
) STRICT;
-- All that is to be done for a new link: one trigger costs half of three.
CREATE TRIGGER links_insert AFTER INSERT ON links BEGIN
  SELECT RAISE(ABORT, 'links.slug is an alias')
    WHERE EXISTS (SELECT 1 FROM links WHERE domain_id = new.domain_id AND alias = new.slug AND id <> new.id);
  SELECT RAISE(ABORT, 'links.alias is a slug') WHERE new.alias IS NOT NULL
    AND (new.alias = new.slug
      OR EXISTS (SELECT 1 FROM links WHERE domain_id = new.domain_id AND slug = new.alias AND id <> new.id));
  INSERT INTO link_counts (user_id, live, archived) VALUES (new.user_id, 1 - new.is_archived, new.is_archived)
    ON CONFLICT (user_id) DO UPDATE SET live = live + excluded.live, archived = archived + excluded.archived;
END;
CREATE TRIGGER link_counts_archive AFTER UPDATE OF is_archived ON links WHEN new.is_archived <> old.is_archived BEGIN
  UPDATE link_counts SET live = live + old.is_archived - new.is_archived, archived = archived + new.is_archived - old.is_archived
    WHERE user_id = new.user_id;
END;
CREATE TRIGGER link_counts_delete AFTER DELETE ON links BEGIN
  UPDATE link_counts SET live = live - (1 - old.is_archived), archived = archived - old.is_archived
    WHERE user_id = old.user_id;
END;

-- What a link was before each change; what it is now stands in `links`. A link that was never changed has no row.
CREATE TABLE link_history (
  link_id INTEGER NOT NULL REFERENCES links (id) ON DELETE CASCADE,
  version INTEGER NOT NULL, -- from 1
  fields TEXT NOT NULL, -- JSON of the link's fields in this version
  made_at INTEGER NOT NULL, -- when this version came to be
  key_id INTEGER REFERENCES api_keys (id), -- by which key; NULL: not by a key
  PRIMARY KEY (link_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE link_tags (
  link_id INTEGER NOT NULL REFERENCES links (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY (link_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_tags_by_tag ON link_tags (tag, link_id);

-- Saved QR codes. One with a link encodes <the link's domain>/q/<code>: a scan is then a click that knows where it came from.
CREATE TABLE qr_codes (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  user_id INTEGER NOT NULL REFERENCES users (id),
  link_id INTEGER REFERENCES links (id) ON DELETE CASCADE, -- NULL: `url` is encoded
  code TEXT NOT NULL UNIQUE, -- leads to the link; not to be guessed
  name TEXT,
  url TEXT, -- NULL: that of the link
  style TEXT NOT NULL, -- JSON (qr/style.ts)
  logo_url TEXT, -- where the logo came from; NULL: it was sent, or there is none
  logo BLOB, -- PNG, made of what was sent or fetched
  logo_width INTEGER,
  logo_height INTEGER,
  version INTEGER NOT NULL DEFAULT 1, -- rises with every change
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX qr_codes_by_user ON qr_codes (user_id, id);
CREATE INDEX qr_codes_by_link ON qr_codes (link_id);

-- How often each code was scanned: written with the click, in its transaction.
CREATE TABLE qr_totals (
  qr_id INTEGER PRIMARY KEY REFERENCES qr_codes (id) ON DELETE CASCADE,
  scans INTEGER NOT NULL, -- those that count as clicks
  last_scanned_at INTEGER NOT NULL
) STRICT;

-- Search and filters of lists (links/search): one living entry for each link, numbered by user. New entries are rows here and
-- are scanned; whenever a user has many, the oldest are sealed into a segment, a suffix array in parts, and leave.
CREATE TABLE link_search_numbers (
  user_id INTEGER PRIMARY KEY REFERENCES users (id),
  latest INTEGER NOT NULL -- the number given last
) STRICT;

CREATE TABLE link_search_entries (
  user_id INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  link_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  text TEXT NOT NULL, -- everything that can be searched or filtered (links/search/search-text.ts)
  PRIMARY KEY (user_id, entry)
) STRICT, WITHOUT ROWID;

-- Sealed entries that a newer one has replaced, or whose link is gone. Segments are never rewritten: this says what to leave
-- out of them. A segment that is still being written counts, too.
CREATE TABLE link_search_dead (
  user_id INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  PRIMARY KEY (user_id, entry)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER link_search_change AFTER UPDATE OF search_entry ON links WHEN new.search_entry <> old.search_entry BEGIN
  DELETE FROM link_search_entries WHERE user_id = old.user_id AND entry = old.search_entry;
  INSERT INTO link_search_dead (user_id, entry) SELECT old.user_id, old.search_entry
    WHERE old.search_entry <= (SELECT max(last_entry) FROM link_search_segments WHERE user_id = old.user_id);
END;
CREATE TRIGGER link_search_delete AFTER DELETE ON links BEGIN
  DELETE FROM link_search_entries WHERE user_id = old.user_id AND entry = old.search_entry;
  INSERT INTO link_search_dead (user_id, entry) SELECT old.user_id, old.search_entry
    WHERE old.search_entry <= (SELECT max(last_entry) FROM link_search_segments WHERE user_id = old.user_id);
END;

CREATE TABLE link_search_segments (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: parts are cached by it
  user_id INTEGER NOT NULL REFERENCES users (id),
  first_entry INTEGER NOT NULL,
  last_entry INTEGER NOT NULL,
  documents INTEGER NOT NULL,
  suffixes INTEGER NOT NULL,
  min_created INTEGER NOT NULL,
  max_created INTEGER NOT NULL,
  min_updated INTEGER NOT NULL,
  max_updated INTEGER NOT NULL,
  is_complete INTEGER NOT NULL -- 0 while its parts are still being written, and its numbers unknown
) STRICT;
CREATE INDEX link_search_segments_by_user ON link_search_segments (user_id, last_entry);

CREATE TABLE link_search_parts (
  id INTEGER PRIMARY KEY, -- segment, kind and number in one (links/search/segment-parts.ts)
  bytes BLOB NOT NULL
) STRICT;

-- What a POST with an Idempotency-Key did, stored in the transaction that did it; forgotten after 24 hours.
CREATE TABLE idempotency_keys (
  user_id INTEGER NOT NULL REFERENCES users (id),
  key TEXT NOT NULL,
  request_hash BLOB NOT NULL, -- HMAC-SHA256 of method, path and body under the caller's API key, which is not stored
  output TEXT NOT NULL, -- JSON of what the write returned
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- How often a link's password was asked for and given, by UTC day; forgotten after `keptPasswordDays` (links/password-visits.ts).
CREATE TABLE password_days (
  link_id INTEGER NOT NULL REFERENCES links (id) ON DELETE CASCADE,
  day INTEGER NOT NULL,
  views INTEGER NOT NULL, -- of the page that asks
  attempts INTEGER NOT NULL, -- passwords given, right or wrong
  addresses INTEGER NOT NULL, -- rows in password_addresses
  address_level INTEGER NOT NULL, -- of the addresses every 2^address_level-th is kept
  PRIMARY KEY (link_id, day)
) STRICT, WITHOUT ROWID;

-- From how many addresses that page was seen: of each 24 bits of a keyed hash with the link (links/password-visit-store.ts).
CREATE TABLE password_addresses (
  link_id INTEGER NOT NULL,
  day INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  PRIMARY KEY (link_id, day, entry),
  FOREIGN KEY (link_id, day) REFERENCES password_days (link_id, day) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What is visited besides links: galleries and their items. Their hits are recorded under these ids, which start above every
-- link's and are never given twice: a row stays when what it counted is deleted.
CREATE TABLE visit_counters (
  id INTEGER PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id),
  counts TEXT NOT NULL -- gallery, item
) STRICT;

CREATE TABLE galleries (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  counter_id INTEGER NOT NULL UNIQUE REFERENCES visit_counters (id),
  user_id INTEGER NOT NULL REFERENCES users (id),
  domain_id INTEGER NOT NULL REFERENCES domains (id),
  slug TEXT NOT NULL, -- NFC, as its owner writes it
  slug_key TEXT NOT NULL, -- without case: @Ada and @ada are the same person
  title TEXT NOT NULL,
  bio TEXT,
  avatar_url TEXT,
  theme TEXT NOT NULL,
  theme_config TEXT, -- JSON object
  custom_css TEXT, -- as given
  served_css TEXT, -- what is left of it, without anything that would fetch from elsewhere
  social_links TEXT NOT NULL, -- JSON array
  seo_title TEXT,
  seo_description TEXT,
  is_published INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (domain_id, slug_key)
) STRICT;
CREATE INDEX galleries_by_user ON galleries (user_id, id);

CREATE TABLE gallery_items (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  counter_id INTEGER NOT NULL UNIQUE REFERENCES visit_counters (id),
  gallery_id INTEGER NOT NULL REFERENCES galleries (id) ON DELETE CASCADE,
  position INTEGER NOT NULL, -- from 0, without gaps
  type TEXT NOT NULL,
  title TEXT,
  url TEXT,
  link_id INTEGER REFERENCES links (id) ON DELETE SET NULL, -- the short link that the item leads to, in place of url
  thumbnail_url TEXT,
  icon_name TEXT,
  is_visible INTEGER NOT NULL,
  visible_from INTEGER,
  visible_until INTEGER,
  embed_type TEXT,
  embed_data TEXT, -- JSON object
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX gallery_items_by_gallery ON gallery_items (gallery_id, position);
CREATE INDEX gallery_items_by_link ON gallery_items (link_id);

-- Timed jobs, by the names that the program gives them.
CREATE TABLE jobs (
  name TEXT PRIMARY KEY,
  due_at INTEGER NOT NULL,
  claim TEXT, -- by whom it is being run, until:
  lease_until INTEGER,
  runs INTEGER NOT NULL DEFAULT 0, -- that came to an end
  failures INTEGER NOT NULL DEFAULT 0, -- in a row
  started_at INTEGER, -- the last run, here and below
  ended_at INTEGER,
  duration_ms INTEGER,
  error TEXT
) STRICT, WITHOUT ROWID;

-- Webhooks.

-- Which users have a webhook for which event, whether it is switched on or not. An event that nobody wants is never stored.
CREATE TABLE webhook_interests (
  event TEXT NOT NULL,
  user_id INTEGER NOT NULL REFERENCES users (id),
  PRIMARY KEY (event, user_id)
) STRICT, WITHOUT ROWID;
-- A new marker with every change, drawn so that one that was rolled back never comes again: the writer thread remembers the
-- table by it.
CREATE TRIGGER webhook_interests_insert AFTER INSERT ON webhook_interests BEGIN
  INSERT INTO settings (name, value) VALUES ('webhook_interests', randomblob(16))
    ON CONFLICT (name) DO UPDATE SET value = excluded.value;
END;
CREATE TRIGGER webhook_interests_delete AFTER DELETE ON webhook_interests BEGIN
  INSERT INTO settings (name, value) VALUES ('webhook_interests', randomblob(16))
    ON CONFLICT (name) DO UPDATE SET value = excluded.value;
END;

-- The outbox: what happened, stored in the transaction in which it happened, and kept for webhooks.retention_days.
-- AUTOINCREMENT, because everything after an id is what is new: none may come twice.
CREATE TABLE webhook_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  public_id TEXT NOT NULL,
  user_id INTEGER NOT NULL,
  event TEXT NOT NULL,
  data TEXT NOT NULL, -- JSON object
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_events_by_age ON webhook_events (created_at);

CREATE TABLE webhooks (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  user_id INTEGER NOT NULL REFERENCES users (id),
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  events TEXT NOT NULL, -- JSON array of names, or ["*"]
  secret TEXT NOT NULL, -- signs, so it has to be kept as it is; shown when it is made, and never again
  previous_secrets TEXT, -- JSON array of {secret, until}, the newest first: they sign as well, each until its time
  batch_max_events INTEGER, -- NULL: each event is sent by itself
  batch_max_wait_ms INTEGER,
  status TEXT NOT NULL, -- active, failing, disabled
  switched_off_at INTEGER, -- when it last came to be disabled
  failure_count INTEGER NOT NULL DEFAULT 0, -- in a row
  first_failure_at INTEGER, -- of that row
  probe_attempts INTEGER NOT NULL DEFAULT 0, -- while failing: tries of the oldest delivery, which is the only one tried
  probe_at INTEGER, -- and when the next is due
  paused_until INTEGER, -- as the receiver's Retry-After asked
  after_event_id INTEGER NOT NULL, -- events up to this one were there before it
  held_through INTEGER NOT NULL DEFAULT 0, -- waiting deliveries of events up to this one are sent only if they are replayed
  open_batch INTEGER, -- the delivery that the next click joins
  deliveries INTEGER NOT NULL DEFAULT 0, -- how many there are: counting a million for each page of them would be slow
  last_triggered_at INTEGER,
  last_status INTEGER, -- HTTP status of the last answer
  deleted_at INTEGER, -- its deliveries are still being cleared away
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX webhooks_by_user ON webhooks (user_id, id);

-- How far events have been handed to the webhooks that want them.
CREATE TABLE webhook_fan_out (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  event_id INTEGER NOT NULL -- the last one
) STRICT;

-- One event, or one batch of clicks, for one webhook. In the order of events within each webhook, so that the log is read and
-- the backlog is drained without sorting.
CREATE TABLE webhook_deliveries (
  webhook_id INTEGER NOT NULL REFERENCES webhooks (id),
  event_id INTEGER NOT NULL, -- of a batch: its first
  last_event_id INTEGER NOT NULL,
  event_count INTEGER NOT NULL,
  event TEXT NOT NULL,
  public_id TEXT NOT NULL UNIQUE, -- drawn in the order of time: new ones stand together in the index
  state INTEGER NOT NULL, -- 0 waiting, 1 scheduled, 2 sending, 3 delivered, 4 dead (webhooks/delivery.ts)
  due_at INTEGER, -- scheduled: when it is tried; sending: when its lease ends
  claim TEXT, -- by whom it is being sent
  attempts INTEGER NOT NULL DEFAULT 0,
  attempted_at INTEGER,
  status_code INTEGER,
  duration_ms INTEGER,
  error TEXT,
  response TEXT, -- the beginning of the last answer
  created_at INTEGER NOT NULL,
  PRIMARY KEY (webhook_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook_id, event_id) WHERE state = 0;
CREATE INDEX webhook_deliveries_scheduled ON webhook_deliveries (webhook_id, due_at, event_id) WHERE state = 1;
CREATE INDEX webhook_deliveries_sending ON webhook_deliveries (due_at) WHERE state = 2;

-- What is left of replays that were too long for one transaction.
CREATE TABLE webhook_replays (
  id INTEGER PRIMARY KEY,
  webhook_id INTEGER NOT NULL REFERENCES webhooks (id),
  next_event_id INTEGER NOT NULL,
  last_event_id INTEGER NOT NULL,
  only_failed INTEGER NOT NULL
) STRICT;

-- Clicks. Everything below is written by the recorder, in one transaction a batch: docs/decisions/008.

-- Dictionaries of what hits refer to. '' stands for unknown; `hash` is 48 bits of SHA-256 over all the rest, for finding a row.
CREATE TABLE places (
  id INTEGER PRIMARY KEY,
  hash INTEGER NOT NULL,
  country TEXT NOT NULL, -- ISO 3166-1 alpha-2
  region TEXT NOT NULL, -- ISO 3166-2
  region_name TEXT NOT NULL,
  city TEXT NOT NULL,
  postal_code TEXT NOT NULL,
  latitude REAL,
  longitude REAL,
  timezone TEXT NOT NULL,
  continent TEXT NOT NULL
) STRICT;
CREATE INDEX places_by_hash ON places (hash);

CREATE TABLE user_agents (
  id INTEGER PRIMARY KEY,
  hash INTEGER NOT NULL,
  text TEXT NOT NULL,
  device TEXT NOT NULL,
  browser TEXT NOT NULL,
  browser_version TEXT NOT NULL,
  os TEXT NOT NULL,
  os_version TEXT NOT NULL
) STRICT;
CREATE INDEX user_agents_by_hash ON user_agents (hash);

CREATE TABLE referrers (
  id INTEGER PRIMARY KEY,
  hash INTEGER NOT NULL,
  url TEXT NOT NULL, -- without fragment and credentials, at most 500 characters
  host TEXT NOT NULL
) STRICT;
CREATE INDEX referrers_by_hash ON referrers (hash);

-- What is known of a visit besides place, browser and referrer.
CREATE TABLE contexts (
  id INTEGER PRIMARY KEY,
  hash INTEGER NOT NULL,
  language TEXT NOT NULL,
  utm_source TEXT NOT NULL,
  utm_medium TEXT NOT NULL,
  utm_campaign TEXT NOT NULL,
  utm_term TEXT NOT NULL,
  utm_content TEXT NOT NULL,
  target TEXT NOT NULL, -- which rule chose where the visitor was sent (links/link.ts)
  qr TEXT NOT NULL -- public id of the QR code
) STRICT;
CREATE INDEX contexts_by_hash ON contexts (hash);

-- Raw hits, append-only and without a second index: a link's hits are a chain through previous_id,
-- newest first from link_totals.last_click_id, or from a newer hit that the row does not hold yet; so recording one costs one append.
CREATE TABLE clicks (
  id INTEGER PRIMARY KEY,
  link_id INTEGER NOT NULL,
  clicked_at INTEGER NOT NULL,
  verdict INTEGER NOT NULL, -- 0: counted; else the reason why not (clicks/verdict.ts)
  place_id INTEGER NOT NULL, -- 0 here and below: not known, or not kept
  user_agent_id INTEGER NOT NULL,
  referrer_id INTEGER NOT NULL,
  context_id INTEGER NOT NULL,
  visitor INTEGER NOT NULL, -- 48 bits of HMAC(the day's salt, address and user agent), less 2^47 so that they fit in six bytes
  sketch INTEGER NOT NULL, -- the visitor's entry in sketches (clicks/visitor-sketch.ts), less 2^15; -2^15: none
  address BLOB, -- 4 or 16 bytes, as privacy.ip allows; of IPv6, trailing zeros are left out
  previous_id INTEGER NOT NULL -- the link's hit before this one; 0: none
) STRICT;

-- As of last_click_id: hits of the link with higher ids come on top, and are added some thousands of hits later (links/link-totals-store.ts).
CREATE TABLE link_totals (
  link_id INTEGER PRIMARY KEY,
  clicks INTEGER NOT NULL, -- counted ones
  consumed INTEGER NOT NULL, -- clicks when they happened: what a limit is compared with, whatever is reclassified later
  last_clicked_at INTEGER, -- of a counted one
  last_click_id INTEGER NOT NULL, -- of any hit
  tail INTEGER NOT NULL, -- hits, the newest of the chain, that link_roll_ups do not hold yet
  dropped INTEGER NOT NULL DEFAULT 0 -- hits that are only in the roll-ups, because their rows in `clicks` were deleted
) STRICT;

CREATE TABLE link_totals_end (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  click_id INTEGER NOT NULL -- every hit up to this one is in its link's row
) STRICT;

-- Roll-ups of a link's hits before its tail (clicks/roll-up-store.ts). Those without a parent are all of them, and nothing twice.
CREATE TABLE link_roll_ups (
  id INTEGER PRIMARY KEY,
  owner_id INTEGER NOT NULL, -- the link
  parent_id INTEGER NOT NULL, -- the roll-up that sums this one up; 0: none
  level INTEGER NOT NULL,
  hits INTEGER NOT NULL,
  first_quarter INTEGER NOT NULL, -- quarter-hours since 1970
  last_quarter INTEGER NOT NULL,
  summary BLOB NOT NULL, -- clicks/roll-up-summary.ts
  sketch BLOB, -- of the counted visitors; NULL: the rows are few enough to be read
  rows BLOB -- clicks/roll-up-part.ts; NULL: they are with those whose parent this is
) STRICT;
CREATE INDEX link_roll_ups_by_owner ON link_roll_ups (owner_id, parent_id, level);

-- The same over all links of a user, of every hit up to user_roll_up_end.
CREATE TABLE user_roll_ups (
  id INTEGER PRIMARY KEY,
  owner_id INTEGER NOT NULL, -- the user
  parent_id INTEGER NOT NULL,
  level INTEGER NOT NULL,
  hits INTEGER NOT NULL,
  first_quarter INTEGER NOT NULL,
  last_quarter INTEGER NOT NULL,
  summary BLOB NOT NULL,
  sketch BLOB,
  rows BLOB
) STRICT;
CREATE INDEX user_roll_ups_by_owner ON user_roll_ups (owner_id, parent_id, level);

CREATE TABLE user_roll_up_end (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  click_id INTEGER NOT NULL -- the last hit that user_roll_ups hold
) STRICT;

-- Long work on stored hits: it is done in small transactions, and goes on where it was after a restart.
CREATE TABLE click_jobs (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL, -- reclassify | erase
  user_id INTEGER REFERENCES users (id), -- whose hits; NULL: everybody's
  link_id INTEGER REFERENCES links (id), -- of this link alone; NULL: of all
  input TEXT, -- what else it needs; thrown away at the end
  position INTEGER NOT NULL, -- the last hit that was looked at
  end_position INTEGER NOT NULL, -- the last one to look at
  examined INTEGER NOT NULL DEFAULT 0,
  changed INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  problem TEXT -- why it ended before its end
) STRICT;
CREATE INDEX click_jobs_by_user ON click_jobs (user_id, kind);
CREATE INDEX click_jobs_unfinished ON click_jobs (id) WHERE finished_at IS NULL;

-- The salt of each day's visitor hashes; thrown away when the day is over.
CREATE TABLE visitor_salts (
  day INTEGER PRIMARY KEY,
  salt BLOB NOT NULL
) STRICT;
