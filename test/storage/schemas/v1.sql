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
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  user_id INTEGER REFERENCES users (id), -- NULL: open to every user of the server
  host TEXT NOT NULL UNIQUE, -- lower case, ASCII (IDNA), without port
  verified_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE links (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  user_id INTEGER NOT NULL REFERENCES users (id),
  domain_id INTEGER NOT NULL REFERENCES domains (id),
  slug TEXT NOT NULL, -- NFC
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
  is_archived INTEGER NOT NULL DEFAULT 0,
  search_text TEXT NOT NULL, -- slug, destination, title, description and tags in lower case
  destination_hash INTEGER NOT NULL, -- 48 bits of SHA-256, for finding a link by where it leads
  version INTEGER NOT NULL DEFAULT 1, -- rises with every change
  changed_by_key INTEGER REFERENCES api_keys (id), -- which key made this version; NULL: none
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (domain_id, slug)
) STRICT;
CREATE INDEX links_by_user_created ON links (user_id, is_archived, created_at, id);
CREATE INDEX links_by_user_updated ON links (user_id, is_archived, updated_at, id);

CREATE INDEX links_by_destination ON links (user_id, destination_hash);

-- How many links each user has: a quota is checked with every new link, and must not cost a count. Kept by triggers, so that
-- no write can forget it.
CREATE TABLE link_counts (
  user_id INTEGER PRIMARY KEY REFERENCES users (id),
  live INTEGER NOT NULL, -- not archived
  archived INTEGER NOT NULL
) STRICT;
CREATE TRIGGER link_counts_insert AFTER INSERT ON links BEGIN
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

-- What a POST with an Idempotency-Key did, stored in the transaction that did it; forgotten after 24 hours.
CREATE TABLE idempotency_keys (
  user_id INTEGER NOT NULL REFERENCES users (id),
  key TEXT NOT NULL,
  request_hash BLOB NOT NULL, -- SHA-256 of method, path and body
  output TEXT NOT NULL, -- JSON of what the write returned
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Clicks. Everything below is written by the recorder, in one transaction a batch.

-- One row for each combination of what is counted about a visit; '' stands for unknown.
CREATE TABLE profiles (
  id INTEGER PRIMARY KEY,
  verdict INTEGER NOT NULL, -- 0: counted; else the reason why not (clicks/verdict.ts)
  country TEXT NOT NULL,
  device TEXT NOT NULL,
  browser TEXT NOT NULL,
  os TEXT NOT NULL,
  referrer TEXT NOT NULL, -- host
  language TEXT NOT NULL,
  UNIQUE (verdict, country, device, browser, os, referrer, language)
) STRICT;

CREATE TABLE user_agents (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

-- Raw hits, append-only and without a second index: a link's hits are a chain through previous_id,
-- newest first from link_totals.last_click_id, so that recording one costs one append.
CREATE TABLE clicks (
  id INTEGER PRIMARY KEY,
  link_id INTEGER NOT NULL,
  clicked_at INTEGER NOT NULL,
  profile_id INTEGER NOT NULL,
  user_agent_id INTEGER NOT NULL,
  visitor INTEGER NOT NULL, -- 48 bits of HMAC(the day's salt, address and user agent)
  address BLOB, -- 4 or 16 bytes, as privacy.ip allows
  previous_id INTEGER NOT NULL -- the link's hit before this one; 0: none
) STRICT;

-- A link's running totals, and the sketch of its visitors on the latest day it was clicked.
CREATE TABLE link_totals (
  link_id INTEGER PRIMARY KEY,
  clicks INTEGER NOT NULL, -- counted ones
  last_clicked_at INTEGER, -- of a counted one
  last_click_id INTEGER NOT NULL, -- of any hit
  day INTEGER NOT NULL, -- UTC day number of `visitors`
  visitors BLOB NOT NULL
) STRICT;

-- Visitor sketches of the days before that.
CREATE TABLE visitor_days (
  link_id INTEGER NOT NULL,
  day INTEGER NOT NULL,
  visitors BLOB NOT NULL,
  PRIMARY KEY (link_id, day)
) STRICT, WITHOUT ROWID;

-- Roll-ups of days still open: hits by quarter-hour, link and profile. Ordered by time first, so that all writes fall
-- into a few pages however many links and years there are.
CREATE TABLE click_buckets (
  bucket INTEGER NOT NULL, -- quarter-hours since 1970
  link_id INTEGER NOT NULL,
  profile_id INTEGER NOT NULL,
  clicks INTEGER NOT NULL,
  PRIMARY KEY (bucket, link_id, profile_id)
) STRICT, WITHOUT ROWID;

-- Roll-ups of closed days: the same numbers, one compact row a link and day (clicks/day-cube.ts).
CREATE TABLE click_days (
  link_id INTEGER NOT NULL,
  day INTEGER NOT NULL, -- UTC days since 1970
  summary TEXT, -- the cube's sums by each dimension (clicks/day-summary.ts); NULL: the cube is short enough to be read itself
  cube BLOB NOT NULL,
  PRIMARY KEY (link_id, day)
) STRICT, WITHOUT ROWID;

-- The salt of each day's visitor hashes; thrown away when the day is over.
CREATE TABLE visitor_salts (
  day INTEGER PRIMARY KEY,
  salt BLOB NOT NULL
) STRICT;
