// Made from the OpenAPI document by `npm run sdk-types`; do not edit.

export interface ApiKey {
  id: string;
  name: string;
  /** The last four characters of its secret, to tell it from others. */
  hint: string;
  /** null: all of the user's own. */
  scopes: Array<"links:read" | "links:write" | "domains:read" | "domains:write" | "analytics:read" | "webhooks:*" | "galleries:*" | "qr:*" | "admin"> | null;
  expiresAt: string | null;
  lastUsedAt: string | null;
  createdAt: string;
}

/** One hit. null: not known, or not kept. */
export interface Click {
  id: string;
  clickedAt: string;
  counted: boolean;
  /** `counted`, or the one reason why it is none. */
  verdict: "counted" | "head" | "bot" | "preview" | "prefetch" | "duplicate" | "filtered_network" | "preview_page";
  linkId: string;
  domain: string;
  slug: string;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
  /** ISO 3166-2. */
  region: string | null;
  regionName: string | null;
  city: string | null;
  postalCode: string | null;
  latitude: number | null;
  longitude: number | null;
  timezone: string | null;
  continent: string | null;
  device: string | null;
  browser: string | null;
  browserVersion: string | null;
  os: string | null;
  osVersion: string | null;
  userAgent: string | null;
  /** Host. */
  referrer: string | null;
  referrerUrl: string | null;
  language: string | null;
  utmSource: string | null;
  utmMedium: string | null;
  utmCampaign: string | null;
  utmTerm: string | null;
  utmContent: string | null;
  /** Which target was chosen. */
  target: string | null;
  /** The QR code that was scanned. */
  qr: string | null;
  /** As `privacy.ip` allows. */
  address: string | null;
  /** The same for the same visitor on one UTC day. */
  visitor: string | null;
}

/** Work on stored hits, in small steps; it goes on after a restart. */
export interface ClickJob {
  status: "running" | "done" | "failed";
  /** Of all hits that are to be looked at. */
  progress: number;
  /** Hits that were looked at. */
  examined: number;
  /** Hits that are different now. */
  changed: number;
  startedAt: string;
  finishedAt: string | null;
  /** Why it failed. */
  problem: string | null;
}

/** A custom domain. Every key is always there; what is absent is null. */
export interface Domain {
  id: string;
  /** Lower case, ASCII. */
  domain: string;
  /** `failed`: it was verified, and has not been for 7 days. Its links go on working, but none can be added, and another user may prove it. */
  verificationStatus: "pending" | "verified" | "failed";
  verificationToken: string;
  /** The record to set in the DNS. */
  verificationRecord: {
    type: "TXT";
    name: string;
    value: string;
  };
  /** What was wrong when the record was last looked for; null: nothing, or it was not looked for yet. */
  verificationProblem: {
    reason: "no_such_name" | "no_record" | "other_value" | "wildcard" | "server_failure" | "refused" | "timeout" | "unreachable";
    message: string;
  } | null;
  /** When it was first verified. */
  verifiedAt: string | null;
  lastCheckedAt: string | null;
  /** Of a domain that was verified: since when its proof has not been found. After 7 days it is marked as `failed`, and `domain.failing` tells. */
  failingSince: string | null;
  /** Certificates are the business of the proxy before this server, which therefore does not know. */
  sslStatus: "external";
  defaultRedirectUrl: string | null;
  notFoundUrl: string | null;
  slugCase: "sensitive" | "insensitive";
  clickRetentionDays: number | null;
  createdAt: string;
  updatedAt: string;
}

/** What changes; absent fields stay as they are, and null is back to the default. */
export interface DomainChange {
  /** Where the bare domain leads; null: to a small page of our own. */
  defaultRedirectUrl?: string | null | undefined;
  /** Where people are led who open an unknown path; null: to a page that says so. Programs always get a 404. */
  notFoundUrl?: string | null | undefined;
  /** Whether `/Sale` and `/sale` are two links or one. Default: `sensitive`. Links that were found in any case always will be. */
  slugCase?: "sensitive" | "insensitive" | null | undefined;
  /** For how many days single clicks are kept; null: as long as the server keeps them. */
  clickRetentionDays?: number | null | undefined;
}

/** What every failure answers. */
export interface ErrorAnswer {
  success: false;
  error: {
    /** Stays the same from version to version: what programs decide by. */
    code: "VALIDATION_ERROR" | "INVALID_URL" | "SLUG_RESERVED" | "INVALID_EXPIRATION" | "PASSWORD_TOO_SHORT" | "UNAUTHORIZED" | "LIMIT_REACHED" | "FORBIDDEN" | "DOMAIN_NOT_VERIFIED" | "NOT_FOUND" | "METHOD_NOT_ALLOWED" | "SLUG_EXISTS" | "CONFLICT" | "PAYLOAD_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "IDEMPOTENCY_KEY_REUSED" | "RATE_LIMITED" | "INTERNAL_ERROR" | "UNAVAILABLE";
    /** One sentence for people. */
    message: string;
    /** Every field at fault, where fields are. */
    details?: Array<{
      /** The field, dotted: `tags.3`. */
      path: string;
      message: string;
    }> | undefined;
  };
}

export interface Explanation {
  outcome: "redirect" | "card" | "password" | "archived" | "expired" | "used_up";
  /** The status of the answer. */
  status: number;
  /** Where the visitor would be sent; null where nowhere. */
  location: string | null;
  /** Which target: `ios`, `android`, `geo:DE`, `device:mobile` or `destination`. */
  target: string | null;
  /** Whether it would be a click. */
  counts: boolean;
  /** Why it would count or not. */
  verdict: "counted" | "head" | "bot" | "preview" | "prefetch" | "duplicate" | "filtered_network" | "preview_page";
  visitor: {
    country: string | null;
    device: string;
    browser: string | null;
    os: string | null;
  };
  /** In the order in which they are asked, up to the one that decides. */
  rules: Array<{
    rule: "archived" | "expired" | "used_up" | "password" | "card" | "ios" | "android" | "geo" | "device" | "destination";
    decides: boolean;
    why: string;
  }>;
}

/** A link-in-bio page. Every key is always there; what is absent is null. */
export interface Gallery {
  id: string;
  slug: string;
  domain: string;
  /** What to give away. */
  url: string;
  title: string;
  bio: string | null;
  avatarUrl: string | null;
  theme: "default" | "minimal" | "gradient" | "dark" | "neon" | "custom";
  themeConfig: {
    backgroundColor: string;
    backgroundEndColor: string | null;
    textColor: string;
    buttonColor: string;
    buttonTextColor: string;
    buttonStyle: "fill" | "outline" | "shadow";
    fontFamily: "sans" | "rounded" | "serif" | "mono";
    borderRadius: number;
  } | null;
  customCss: string | null;
  socialLinks: Array<{
    platform: string;
    url: string;
  }>;
  seoTitle: string | null;
  seoDescription: string | null;
  isPublished: boolean;
  /** Counted views up to now. */
  viewCount: number;
  createdAt: string;
  updatedAt: string;
}

/** What changes; absent fields stay as they are, and null clears a field. */
export interface GalleryChange {
  /** The name at the top. */
  title?: string | undefined;
  /** The last part of its address, by the rules of short links; case makes no difference. Drawn where absent. */
  slug?: string | undefined;
  /** One of your verified domains; the default one where absent. */
  domain?: string | undefined;
  /** A few lines below the name. */
  bio?: string | null | undefined;
  /** A square picture, from a server that does not redirect to another one. */
  avatarUrl?: string | null | undefined;
  /** Default: `default`. */
  theme?: "default" | "minimal" | "gradient" | "dark" | "neon" | "custom" | null | undefined;
  /** The look of the theme `custom`. Text must have a contrast of 4.5 to what is behind it. */
  themeConfig?: {
    backgroundColor?: string | undefined;
    /** Makes the background a gradient, from top to bottom. */
    backgroundEndColor?: string | null | undefined;
    textColor?: string | undefined;
    buttonColor?: string | undefined;
    buttonTextColor?: string | undefined;
    buttonStyle?: "fill" | "outline" | "shadow" | undefined;
    fontFamily?: "sans" | "rounded" | "serif" | "mono" | undefined;
    /** Pixels. */
    borderRadius?: number | undefined;
  } | null | undefined;
  /** At most 32768 bytes. Served as a file of its own, without imports and without addresses elsewhere. */
  customCss?: string | null | undefined;
  /** Shown as icons. They carry `rel="me"`, by which Mastodon and others see that the profile is yours. */
  socialLinks?: Array<{
    platform: "website" | "email" | "phone" | "rss" | "instagram" | "tiktok" | "youtube" | "x" | "twitter" | "facebook" | "threads" | "linkedin" | "mastodon" | "bluesky" | "pixelfed" | "peertube" | "github" | "gitlab" | "codeberg" | "stackoverflow" | "whatsapp" | "telegram" | "signal" | "matrix" | "discord" | "reddit" | "pinterest" | "snapchat" | "tumblr" | "twitch" | "vimeo" | "spotify" | "applemusic" | "soundcloud" | "bandcamp" | "patreon" | "kofi" | "substack" | "medium" | "dribbble" | "behance" | "etsy" | "goodreads" | "strava";
    url: string;
  }> | null | undefined;
  /** For search engines and cards; the title where absent. */
  seoTitle?: string | null | undefined;
  /** The same for the bio. */
  seoDescription?: string | null | undefined;
  /** Whether anyone can see it. Default: false. */
  isPublished?: boolean | null | undefined;
}

/** What stands on a gallery. Every key is always there; what is absent is null. */
export interface GalleryItem {
  id: string;
  type: "link" | "header" | "divider" | "embed" | "image";
  title: string | null;
  /** Where it leads; with a `linkId`, that short link. */
  url: string | null;
  thumbnailUrl: string | null;
  iconName: string | null;
  position: number;
  isVisible: boolean;
  /** Counted clicks up to now. */
  clickCount: number;
  embedType: "youtube" | null;
  embedData: {
    videoId: string;
  } | null;
  linkId: string | null;
  visibleFrom: string | null;
  visibleUntil: string | null;
  createdAt: string;
  updatedAt: string;
}

/** What changes; absent fields stay as they are, and null clears a field. */
export interface GalleryItemChange {
  type?: "link" | "header" | "divider" | "embed" | "image" | undefined;
  /** Needed by `link` and `header`. Of an `image`: what it shows, for people who cannot see it. */
  title?: string | null | undefined;
  /** Where a `link` leads, or an `image` when it is clicked: http(s), `mailto:`, `tel:` or a deep link. */
  url?: string | null | undefined;
  /** Instead of `url`: one of your short links, with all that it can do. null: none. */
  linkId?: string | null | undefined;
  /** A picture, from a server that does not redirect to another one. Needed by `image`. */
  thumbnailUrl?: string | null | undefined;
  /** A social platform, or a drawing such as `calendar`; an unknown name shows a plain link. */
  iconName?: string | null | undefined;
  /** Default: true. */
  isVisible?: boolean | null | undefined;
  /** Shown from this moment. ISO 8601 with an offset. */
  visibleFrom?: string | null | undefined;
  /** Shown until this moment. ISO 8601 with an offset. */
  visibleUntil?: string | null | undefined;
  /** Needed by `embed`. */
  embedType?: "youtube" | null | undefined;
  /** Needed by `embed`. */
  embedData?: {
    videoId: string;
  } | null | undefined;
  /** From 0; the others make room. At the end where absent. */
  position?: number | undefined;
}

/** A gallery and everything on it, in its order. */
export interface GalleryWithItems {
  id: string;
  slug: string;
  domain: string;
  /** What to give away. */
  url: string;
  title: string;
  bio: string | null;
  avatarUrl: string | null;
  theme: "default" | "minimal" | "gradient" | "dark" | "neon" | "custom";
  themeConfig: {
    backgroundColor: string;
    backgroundEndColor: string | null;
    textColor: string;
    buttonColor: string;
    buttonTextColor: string;
    buttonStyle: "fill" | "outline" | "shadow";
    fontFamily: "sans" | "rounded" | "serif" | "mono";
    borderRadius: number;
  } | null;
  customCss: string | null;
  socialLinks: Array<{
    platform: string;
    url: string;
  }>;
  seoTitle: string | null;
  seoDescription: string | null;
  isPublished: boolean;
  /** Counted views up to now. */
  viewCount: number;
  createdAt: string;
  updatedAt: string;
  items: GalleryItem[];
}

/** A short link. Every key is always there; what is absent is null. */
export interface Link {
  id: string;
  /** What to give away. */
  shortUrl: string;
  destinationUrl: string;
  slug: string;
  domain: string;
  title: string | null;
  description: string | null;
  tags: string[];
  hasPassword: boolean;
  expiresAt: string | null;
  clickLimit: number | null;
  oneTime: boolean;
  expiredUrl: string | null;
  /** Counted clicks up to now. */
  clickCount: number;
  geoTargets: Record<string, string> | null;
  deviceTargets: Partial<Record<"desktop" | "mobile" | "tablet", string>> | null;
  utm: {
    source: string | null;
    medium: string | null;
    campaign: string | null;
    term: string | null;
    content: string | null;
  };
  deepLinks: {
    ios: string | null;
    android: string | null;
  };
  og: {
    title: string | null;
    description: string | null;
    image: string | null;
  };
  forwardQuery: boolean;
  redirectStatus: 301 | 302 | 307 | 308;
  trackAnalytics: boolean;
  filterBots: boolean;
  publicStats: boolean;
  metadata: Record<string, unknown> | null;
  /** Whether it has stopped redirecting; its slug stays taken. */
  isArchived: boolean;
  /** Neither archived nor behind a password. */
  isPublic: boolean;
  createdAt: string;
  updatedAt: string;
  lastClickedAt: string | null;
}

/** What changes; absent fields stay as they are, and null clears a field. `password: ""` clears, too. */
export interface LinkChange {
  /** Where the link leads: an absolute http(s) URL. */
  destinationUrl?: string | undefined;
  /** The last part of the short URL: letters and digits of any script, emoji, `-` and `_`. Drawn where absent. */
  slug?: string | undefined;
  /** One of your verified domains; the default one where absent. */
  domain?: string | undefined;
  /** For yourself, and for previews. */
  title?: string | null | undefined;
  /** For yourself, and for previews. */
  description?: string | null | undefined;
  /** At most 50 characters each; trimmed, and each kept once. */
  tags?: string[] | null | undefined;
  /** Asked of visitors before they are sent on. At least 4 characters; never returned. */
  password?: string | null | undefined;
  /** The link works until this moment, to the second. ISO 8601 with an offset, in the future. */
  expiresAt?: string | null | undefined;
  /** So many clicks lead on, exactly; then the link is used up. */
  clickLimit?: number | null | undefined;
  /** The first click uses the link up. Default: false. */
  oneTime?: boolean | null | undefined;
  /** Where the link leads once it has expired or is used up, instead of answering 410. */
  expiredUrl?: string | null | undefined;
  /** Other destinations by country: ISO 3166-1 alpha-2 to URL. */
  geoTargets?: Record<string, string> | null | undefined;
  /** Other destinations by kind of device. */
  deviceTargets?: {
    desktop?: string | undefined;
    mobile?: string | undefined;
    tablet?: string | undefined;
  } | null | undefined;
  /** Where iPhones and iPads are sent: a URL or a deep link such as `app://path`. */
  iosUrl?: string | null | undefined;
  /** Where Android devices are sent: a URL or a deep link. */
  androidUrl?: string | null | undefined;
  /** Appended as `utm_source` at the redirect, unless the destination has it. */
  utmSource?: string | null | undefined;
  /** Appended as `utm_medium` at the redirect, unless the destination has it. */
  utmMedium?: string | null | undefined;
  /** Appended as `utm_campaign` at the redirect, unless the destination has it. */
  utmCampaign?: string | null | undefined;
  /** Appended as `utm_term` at the redirect, unless the destination has it. */
  utmTerm?: string | null | undefined;
  /** Appended as `utm_content` at the redirect, unless the destination has it. */
  utmContent?: string | null | undefined;
  /** Whether the visitor's own query is passed on. Default: true. */
  forwardQuery?: boolean | null | undefined;
  /** The status of the redirect. Default: 302; browsers remember a 301, and its further clicks are never seen. */
  redirectStatus?: 301 | 302 | 307 | 308 | null | undefined;
  /** Whether clicks are kept with country, device and so on, or only counted. Default: true. */
  trackAnalytics?: boolean | null | undefined;
  /** Whether bots are left out of the count. Default: true. */
  filterBots?: boolean | null | undefined;
  /** Whether anyone may see the statistics. Default: false. */
  publicStats?: boolean | null | undefined;
  /** Title of the card that messengers and social networks show. */
  ogTitle?: string | null | undefined;
  /** Text of that card. */
  ogDescription?: string | null | undefined;
  /** Picture of that card. */
  ogImage?: string | null | undefined;
  /** Your own JSON beside the link, at most 4096 bytes. */
  metadata?: Record<string, unknown> | null | undefined;
  /** Answer with your identical live link, where there is one, instead of making another. */
  findExisting?: boolean | null | undefined;
  /** Whether the link has stopped redirecting. */
  isArchived?: boolean | null | undefined;
}

/** `totalClicks`, the sum of `overTime` and that of each breakdown without a limit are the same number. */
export interface LinkStats {
  from: string;
  /** The first moment after the period. */
  to: string;
  totalClicks: number;
  /** Different visitors whose hits count: exact to about 50, else an estimate (HyperLogLog, standard error 1.6 %). */
  uniqueVisitors: number;
  timeZone: string;
  /** The steps of `overTime`. */
  interval: "hour" | "day" | "week" | "month";
  /** Whether hits that do not count are in these numbers, asked for or because programs count on this link. */
  bots: "exclude" | "include" | "only";
  /** The period before, where `compare=previous` asks for it and there is one. */
  previous: {
    from: string;
    /** The first moment after the period. */
    to: string;
    totalClicks: number;
    /** Different visitors whose hits count: exact to about 50, else an estimate (HyperLogLog, standard error 1.6 %). */
    uniqueVisitors: number;
  } | null;
  /** Ever, whatever the period. */
  lastClickedAt: string | null;
  /** ISO 3166-1 alpha-2, or `unknown`. */
  byCountry: Array<{
    country: string;
    count: number;
  }>;
  /** ISO 3166-2, or `unknown`. */
  byRegion: Array<{
    region: string;
    name: string | null;
    country: string | null;
    count: number;
  }>;
  /** Most first. */
  byCity: Array<{
    city: string;
    region: string | null;
    country: string | null;
    count: number;
  }>;
  /** Most first. */
  byDevice: Array<{
    device: string;
    count: number;
  }>;
  /** Most first. */
  byBrowser: Array<{
    browser: string;
    count: number;
  }>;
  /** Name and major version. */
  byBrowserVersion: Array<{
    browserVersion: string;
    count: number;
  }>;
  /** Most first. */
  byOs: Array<{
    os: string;
    count: number;
  }>;
  /** Name and version. */
  byOsVersion: Array<{
    osVersion: string;
    count: number;
  }>;
  /** Hosts only; `direct` where there was none. */
  byReferrer: Array<{
    referrer: string;
    count: number;
  }>;
  /** Whole addresses, without fragment; `direct` where there was none. */
  byReferrerUrl: Array<{
    referrerUrl: string;
    count: number;
  }>;
  /** Most first. */
  byLanguage: Array<{
    language: string;
    count: number;
  }>;
  /** Of the visit, else the link's own; `none` where there was none. */
  byUtmSource: Array<{
    utmSource: string;
    count: number;
  }>;
  /** Most first. */
  byUtmMedium: Array<{
    utmMedium: string;
    count: number;
  }>;
  /** Most first. */
  byUtmCampaign: Array<{
    utmCampaign: string;
    count: number;
  }>;
  /** Most first. */
  byUtmTerm: Array<{
    utmTerm: string;
    count: number;
  }>;
  /** Most first. */
  byUtmContent: Array<{
    utmContent: string;
    count: number;
  }>;
  /** Which rule chose the destination: `destination`, `ios`, `android`, `geo:CH`, `device:mobile`. */
  byTarget: Array<{
    target: string;
    count: number;
  }>;
  /** Ids of QR codes; `none` for visits that came by the link itself. */
  byQr: Array<{
    qr: string;
    count: number;
  }>;
  /** Without gaps. `date` is a local date, the first of a week or month; of an hour, its first moment. Different visitors are told of up to 1000 steps. */
  overTime: Array<{
    date: string;
    count: number;
    uniqueVisitors?: number | undefined;
  }>;
}

export interface LinkVersion {
  /** 1 is the link as it was made. */
  version: number;
  changedAt: string;
  /** The id of the API key that did it; null where none did. */
  changedBy: string | null;
  /** By field, in the names and forms in which callers set them, what differs from the version before. Of a password, only whether there is one; a domain that is gone is null. */
  changes: Record<string, {
    before: unknown;
    after: unknown;
  }>;
}

/** Where in a list this page is. */
export interface ListMeta {
  /** null where a cursor was followed. */
  page: number | null;
  perPage: number;
  /** Of all pages together. */
  total: number;
  hasMore: boolean;
  /** Leads to the next page however the list changes meanwhile; null on the last one. */
  nextCursor: string | null;
}

export interface NewDomain {
  /** The name alone. Unicode is turned into its ASCII form. */
  domain: string;
  /** Where the bare domain leads; null: to a small page of our own. */
  defaultRedirectUrl?: string | null | undefined;
  /** Where people are led who open an unknown path; null: to a page that says so. Programs always get a 404. */
  notFoundUrl?: string | null | undefined;
  /** Whether `/Sale` and `/sale` are two links or one. Default: `sensitive`. Links that were found in any case always will be. */
  slugCase?: "sensitive" | "insensitive" | null | undefined;
  /** For how many days single clicks are kept; null: as long as the server keeps them. */
  clickRetentionDays?: number | null | undefined;
}

/** A gallery to be made. null is the same as absent. */
export interface NewGallery {
  /** The name at the top. */
  title: string;
  /** The last part of its address, by the rules of short links; case makes no difference. Drawn where absent. */
  slug?: string | null | undefined;
  /** One of your verified domains; the default one where absent. */
  domain?: string | null | undefined;
  /** A few lines below the name. */
  bio?: string | null | undefined;
  /** A square picture, from a server that does not redirect to another one. */
  avatarUrl?: string | null | undefined;
  /** Default: `default`. */
  theme?: "default" | "minimal" | "gradient" | "dark" | "neon" | "custom" | null | undefined;
  /** The look of the theme `custom`. Text must have a contrast of 4.5 to what is behind it. */
  themeConfig?: {
    backgroundColor?: string | undefined;
    /** Makes the background a gradient, from top to bottom. */
    backgroundEndColor?: string | null | undefined;
    textColor?: string | undefined;
    buttonColor?: string | undefined;
    buttonTextColor?: string | undefined;
    buttonStyle?: "fill" | "outline" | "shadow" | undefined;
    fontFamily?: "sans" | "rounded" | "serif" | "mono" | undefined;
    /** Pixels. */
    borderRadius?: number | undefined;
  } | null | undefined;
  /** At most 32768 bytes. Served as a file of its own, without imports and without addresses elsewhere. */
  customCss?: string | null | undefined;
  /** Shown as icons. They carry `rel="me"`, by which Mastodon and others see that the profile is yours. */
  socialLinks?: Array<{
    platform: "website" | "email" | "phone" | "rss" | "instagram" | "tiktok" | "youtube" | "x" | "twitter" | "facebook" | "threads" | "linkedin" | "mastodon" | "bluesky" | "pixelfed" | "peertube" | "github" | "gitlab" | "codeberg" | "stackoverflow" | "whatsapp" | "telegram" | "signal" | "matrix" | "discord" | "reddit" | "pinterest" | "snapchat" | "tumblr" | "twitch" | "vimeo" | "spotify" | "applemusic" | "soundcloud" | "bandcamp" | "patreon" | "kofi" | "substack" | "medium" | "dribbble" | "behance" | "etsy" | "goodreads" | "strava";
    url: string;
  }> | null | undefined;
  /** For search engines and cards; the title where absent. */
  seoTitle?: string | null | undefined;
  /** The same for the bio. */
  seoDescription?: string | null | undefined;
  /** Whether anyone can see it. Default: false. */
  isPublished?: boolean | null | undefined;
}

/** An item to be made. null is the same as absent. */
export interface NewGalleryItem {
  type: "link" | "header" | "divider" | "embed" | "image";
  /** Needed by `link` and `header`. Of an `image`: what it shows, for people who cannot see it. */
  title?: string | null | undefined;
  /** Where a `link` leads, or an `image` when it is clicked: http(s), `mailto:`, `tel:` or a deep link. */
  url?: string | null | undefined;
  /** Instead of `url`: one of your short links, with all that it can do. null: none. */
  linkId?: string | null | undefined;
  /** A picture, from a server that does not redirect to another one. Needed by `image`. */
  thumbnailUrl?: string | null | undefined;
  /** A social platform, or a drawing such as `calendar`; an unknown name shows a plain link. */
  iconName?: string | null | undefined;
  /** Default: true. */
  isVisible?: boolean | null | undefined;
  /** Shown from this moment. ISO 8601 with an offset. */
  visibleFrom?: string | null | undefined;
  /** Shown until this moment. ISO 8601 with an offset. */
  visibleUntil?: string | null | undefined;
  /** Needed by `embed`. */
  embedType?: "youtube" | null | undefined;
  /** Needed by `embed`. */
  embedData?: {
    videoId: string;
  } | null | undefined;
  /** From 0; the others make room. At the end where absent. */
  position?: number | undefined;
}

/** A link to be made. null is the same as absent. */
export interface NewLink {
  /** Where the link leads: an absolute http(s) URL. */
  destinationUrl: string;
  /** The last part of the short URL: letters and digits of any script, emoji, `-` and `_`. Drawn where absent. */
  slug?: string | null | undefined;
  /** One of your verified domains; the default one where absent. */
  domain?: string | null | undefined;
  /** For yourself, and for previews. */
  title?: string | null | undefined;
  /** For yourself, and for previews. */
  description?: string | null | undefined;
  /** At most 50 characters each; trimmed, and each kept once. */
  tags?: string[] | null | undefined;
  /** Asked of visitors before they are sent on. At least 4 characters; never returned. */
  password?: string | null | undefined;
  /** The link works until this moment, to the second. ISO 8601 with an offset, in the future. */
  expiresAt?: string | null | undefined;
  /** So many clicks lead on, exactly; then the link is used up. */
  clickLimit?: number | null | undefined;
  /** The first click uses the link up. Default: false. */
  oneTime?: boolean | null | undefined;
  /** Where the link leads once it has expired or is used up, instead of answering 410. */
  expiredUrl?: string | null | undefined;
  /** Other destinations by country: ISO 3166-1 alpha-2 to URL. */
  geoTargets?: Record<string, string> | null | undefined;
  /** Other destinations by kind of device. */
  deviceTargets?: {
    desktop?: string | undefined;
    mobile?: string | undefined;
    tablet?: string | undefined;
  } | null | undefined;
  /** Where iPhones and iPads are sent: a URL or a deep link such as `app://path`. */
  iosUrl?: string | null | undefined;
  /** Where Android devices are sent: a URL or a deep link. */
  androidUrl?: string | null | undefined;
  /** Appended as `utm_source` at the redirect, unless the destination has it. */
  utmSource?: string | null | undefined;
  /** Appended as `utm_medium` at the redirect, unless the destination has it. */
  utmMedium?: string | null | undefined;
  /** Appended as `utm_campaign` at the redirect, unless the destination has it. */
  utmCampaign?: string | null | undefined;
  /** Appended as `utm_term` at the redirect, unless the destination has it. */
  utmTerm?: string | null | undefined;
  /** Appended as `utm_content` at the redirect, unless the destination has it. */
  utmContent?: string | null | undefined;
  /** Whether the visitor's own query is passed on. Default: true. */
  forwardQuery?: boolean | null | undefined;
  /** The status of the redirect. Default: 302; browsers remember a 301, and its further clicks are never seen. */
  redirectStatus?: 301 | 302 | 307 | 308 | null | undefined;
  /** Whether clicks are kept with country, device and so on, or only counted. Default: true. */
  trackAnalytics?: boolean | null | undefined;
  /** Whether bots are left out of the count. Default: true. */
  filterBots?: boolean | null | undefined;
  /** Whether anyone may see the statistics. Default: false. */
  publicStats?: boolean | null | undefined;
  /** Title of the card that messengers and social networks show. */
  ogTitle?: string | null | undefined;
  /** Text of that card. */
  ogDescription?: string | null | undefined;
  /** Picture of that card. */
  ogImage?: string | null | undefined;
  /** Your own JSON beside the link, at most 4096 bytes. */
  metadata?: Record<string, unknown> | null | undefined;
  /** Answer with your identical live link, where there is one, instead of making another. */
  findExisting?: boolean | null | undefined;
}

/** What visitors see of a published gallery at this moment. */
export interface PublicGallery {
  id: string;
  slug: string;
  domain: string;
  /** What to give away. */
  url: string;
  title: string;
  bio: string | null;
  avatarUrl: string | null;
  theme: "default" | "minimal" | "gradient" | "dark" | "neon" | "custom";
  themeConfig: {
    backgroundColor: string;
    backgroundEndColor: string | null;
    textColor: string;
    buttonColor: string;
    buttonTextColor: string;
    buttonStyle: "fill" | "outline" | "shadow";
    fontFamily: "sans" | "rounded" | "serif" | "mono";
    borderRadius: number;
  } | null;
  customCss: string | null;
  socialLinks: Array<{
    platform: string;
    url: string;
  }>;
  seoTitle: string | null;
  seoDescription: string | null;
  isPublished: boolean;
  items: Array<{
    id: string;
    type: "link" | "header" | "divider" | "embed" | "image";
    title: string | null;
    /** Where it leads; with a `linkId`, that short link. */
    url: string | null;
    thumbnailUrl: string | null;
    iconName: string | null;
    position: number;
    embedType: "youtube" | null;
    embedData: {
      videoId: string;
    } | null;
    /** The address that counts the click and leads on; null where there is nothing to open. */
    href: string | null;
  }>;
}

/** A saved QR code. Every key is always there; what is absent is null. */
export interface QrCode {
  id: string;
  name: string | null;
  /** What the code holds or, with a link, what it stands for: the short URL where nothing else was given. */
  url: string;
  /** What a code with a link holds: leads there, and counts the scan. */
  trackingUrl: string | null;
  linkId: string | null;
  style: {
    size: number;
    foregroundColor: string;
    backgroundColor: string;
    /** Where the logo was fetched from; null where it was sent, or there is none. */
    logoUrl: string | null;
    logoSize: number;
    cornerRadius: number;
    /** With which the code is made: H where it has a logo. */
    errorCorrection: "L" | "M" | "Q" | "H";
    margin: number;
    eyeStyle: "square" | "rounded";
    format: "svg" | "png";
    hasLogo: boolean;
  };
  /** Whether a logo raised the error correction above what was asked for. */
  isErrorCorrectionRaised: boolean;
  /** Its image, for whoever has the key. */
  imageUrl: string;
  stats: {
    /** Scans that counted as clicks, up to now. Only codes with a link can be counted. */
    scanCount: number;
    lastScannedAt: string | null;
  };
  size: number;
  foregroundColor: string;
  backgroundColor: string;
  /** Where the logo was fetched from; null where it was sent, or there is none. */
  logoUrl: string | null;
  logoSize: number;
  cornerRadius: number;
  /** With which the code is made: H where it has a logo. */
  errorCorrection: "L" | "M" | "Q" | "H";
  margin: number;
  eyeStyle: "square" | "rounded";
  format: "svg" | "png";
  hasLogo: boolean;
  /** Scans that counted as clicks, up to now. Only codes with a link can be counted. */
  scanCount: number;
  lastScannedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

/** Newest first. null: not known, or not kept. */
export type RecentClicks = Array<{
  linkId: string;
  slug: string;
  domain: string;
  clickedAt: string;
  /** Why it counts or not. */
  verdict: "counted" | "head" | "bot" | "preview" | "prefetch" | "duplicate" | "filtered_network" | "preview_page";
  country: string | null;
  region: string | null;
  city: string | null;
  device: string | null;
  browser: string | null;
  os: string | null;
  referrer: string | null;
  language: string | null;
  target: string | null;
  qr: string | null;
}>;

/** How many hits of one kind there were in a quarter-hour. null: not known. */
export interface RollUp {
  /** Start of the quarter-hour. */
  from: string;
  hits: number;
  counted: boolean;
  /** `counted`, or the one reason why it is none. */
  verdict: "counted" | "head" | "bot" | "preview" | "prefetch" | "duplicate" | "filtered_network" | "preview_page";
  linkId: string;
  domain: string;
  slug: string;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
  /** ISO 3166-2. */
  region: string | null;
  city: string | null;
  device: string | null;
  browser: string | null;
  browserVersion: string | null;
  os: string | null;
  osVersion: string | null;
  /** Host. */
  referrer: string | null;
  referrerUrl: string | null;
  language: string | null;
  utmSource: string | null;
  utmMedium: string | null;
  utmCampaign: string | null;
  utmTerm: string | null;
  utmContent: string | null;
  /** Which target was chosen. */
  target: string | null;
  /** The QR code that was scanned. */
  qr: string | null;
}

export interface Webhook {
  id: string;
  name: string;
  url: string;
  events: Array<"click" | "link.created" | "link.updated" | "link.deleted" | "domain.verified" | "domain.failing" | "qr.scanned" | "*">;
  batch: {
    maxEvents: number;
    maxWaitMs: number;
  } | null;
  /** Whether anything is sent: false while `status` is `disabled`. */
  isActive: boolean;
  /** `failing` after 10 failures in a row: only the oldest delivery is tried, and its success releases the others. `disabled` after 5 days without a success, after a 410, or by its owner. */
  status: "active" | "failing" | "disabled";
  lastTriggeredAt: string | null;
  /** HTTP status of the last answer; null where there was none. */
  lastStatus: number | null;
  /** Failed tries in a row. */
  failureCount: number;
  createdAt: string;
  updatedAt: string;
}

export interface WebhookDelivery {
  /** The same on every try, and what `X-Webhook-Delivery` and `webhook-id` carry. */
  id: string;
  event: string;
  /** More than 1: a batch of clicks. */
  eventCount: number;
  /** Of the last try; null where there was no answer. */
  statusCode: number | null;
  /** Of the last try, in milliseconds. */
  duration: number | null;
  success: boolean;
  /** Tries up to now, or since it was replayed. */
  attempts: number;
  error: string | null;
  /** The beginning of the last answer, up to 1 kB. */
  response: string | null;
  /** Not before then; null: it will not be tried by itself. */
  nextAttemptAt: string | null;
  createdAt: string;
}

export interface WebhookReplay {
  /** Deliveries that are due again now. */
  replayed: number;
  /** Whether there are more of that time, which follow by themselves. */
  hasMore: boolean;
}

export interface WebhookTest {
  /** Whether the answer was a 2xx within 10 seconds. */
  success: boolean;
  /** null: there was no answer. */
  statusCode: number | null;
  /** The beginning of the answer, up to 1 kB. */
  response: string | null;
  /** Milliseconds. */
  duration: number;
  error: string | null;
}

/** What every operation of the API takes and answers, by its name in the OpenAPI document. */
export interface Operations {
  /** POST /api/v1/links/bulk: Make up to 1,000 links. */
  createLinks: {
    query: {
      /** Whether one link that fails makes all of them fail, and then none is made. */
      atomic?: boolean | undefined;
    };
    body: NewLink[] | {
      links: NewLink[];
    };
    data: Array<{
      success: true;
      data: Link;
    } | ErrorAnswer>;
    meta: {
      total: number;
      created: number;
      /** Identical ones that there were already, for links with `findExisting`. */
      found: number;
      failed: number;
    };
  };
  /** POST /api/v1/links/bulk-archive: Archive up to 1,000 links. */
  archiveLinks: {
    body: {
      ids: string[];
    };
    data: {
      /** How many are archived now, perhaps already since before. */
      archived: number;
      /** The ids of links that are not there, or are another user's. */
      notFound: string[];
    };
  };
  /** PUT /api/v1/links: Make a link, or change the one that has its slug. */
  putLink: {
    body: NewLink;
    data: Link;
  };
  /** POST /api/v1/links: Make a link. */
  createLink: {
    body: NewLink;
    data: Link;
  };
  /** GET /api/v1/links: List and search your links. */
  listLinks: {
    query: {
      /** From 1; not together with `cursor`. */
      page?: number | undefined;
      perPage?: number | undefined;
      /** `meta.nextCursor` of the page before. */
      cursor?: string | undefined;
      /** Found anywhere in slug, URL, title, description or a tag, in any case. */
      search?: string | undefined;
      /** Only links of this domain. */
      domain?: string | undefined;
      /** Only links with this tag; given again, with all of them. */
      tag?: string[] | undefined;
      /** Whether archived links are shown beside the live ones. */
      archived?: boolean | undefined;
      sort?: "created" | "clicks" | "updated" | undefined;
      /** Newest or most first, or the other way round. */
      order?: "asc" | "desc" | undefined;
    };
    data: Link[];
    meta: ListMeta;
  };
  /** GET /api/v1/links/check-slug: Ask whether a slug is free. */
  checkSlug: {
    query: {
      /** The slug in question. */
      slug: string;
      /** The default domain where absent. */
      domain?: string | undefined;
    };
    data: {
      slug: string;
      domain: string;
      available: boolean;
      /** The error that making the link would get; null where it would get none. */
      reason: "VALIDATION_ERROR" | "SLUG_RESERVED" | "SLUG_EXISTS" | null;
    };
  };
  /** GET /api/v1/links/{id}: Get a link. */
  getLink: {
    data: Link;
  };
  /** PATCH /api/v1/links/{id}: Change a link. */
  changeLink: {
    body: LinkChange;
    data: Link;
  };
  /** DELETE /api/v1/links/{id}: Archive a link. */
  archiveLink: {
    data: undefined;
  };
  /** GET /api/v1/links/{id}/history: See every version of a link. */
  getLinkHistory: {
    data: LinkVersion[];
  };
  /** POST /api/v1/links/{id}/restore: Make a link what it was. */
  restoreLink: {
    body: {
      /** As in the history. */
      version: number;
    };
    data: Link;
  };
  /** POST /api/v1/links/{id}/explain: See what a visitor would get, and why. */
  explainLink: {
    body: {
      /** The visitor's `User-Agent`. */
      userAgent?: string | undefined;
      /** The visitor's address, of which the country is looked up, and whether its network is filtered. */
      ip?: string | undefined;
      /** ISO 3166-1 alpha-2, instead of `ip`. */
      country?: string | undefined;
      /** Taken, but no rule asks for it. */
      language?: string | undefined;
      /** When the visit would be; now where absent. */
      time?: string | undefined;
      /** The visitor's own query, as in `a=1&b=2`. */
      query?: string | undefined;
    };
    data: Explanation;
  };
  /** POST /api/v1/domains: Add a domain. */
  createDomain: {
    body: NewDomain;
    data: Domain;
  };
  /** GET /api/v1/domains: List your domains. */
  listDomains: {
    query: {
      /** From 1; not together with `cursor`. */
      page?: number | undefined;
      perPage?: number | undefined;
      /** `meta.nextCursor` of the page before. */
      cursor?: string | undefined;
    };
    data: Domain[];
    meta: ListMeta;
  };
  /** GET /api/v1/domains/{id}: Get a domain. */
  getDomain: {
    data: Domain;
  };
  /** PATCH /api/v1/domains/{id}: Change a domain. */
  changeDomain: {
    body: DomainChange;
    data: Domain;
  };
  /** DELETE /api/v1/domains/{id}: Delete a domain. */
  deleteDomain: {
    data: undefined;
  };
  /** POST /api/v1/domains/{id}/move-links: Move the links of a domain to another one. */
  moveDomainLinks: {
    body: {
      /** Where they go: one of your verified domains, or the default one. */
      domain: string;
    };
    data: {
      moved: number;
      /** Links that are still on the domain. */
      remaining: number;
      /** Links that stayed because their slug is taken there; at most 100 are shown. */
      taken: Array<{
        id: string;
        slug: string;
      }>;
    };
  };
  /** POST /api/v1/domains/{id}/verify: Look for the proof of a domain now. */
  verifyDomain: {
    data: Domain;
  };
  /** GET /api/v1/links/{id}/stats: Get the statistics of a link. */
  getLinkStats: {
    query: {
      /** The last so many hours or local days, the running one included; `all` by default. Not together with `from` and `to`. */
      period?: "24h" | "7d" | "30d" | "90d" | "all" | undefined;
      /** The first moment: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      from?: string | undefined;
      /** The end: a time is not included any more, a date is: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      to?: string | undefined;
      /** An IANA time zone, such as `Europe/Berlin`: days begin at its midnights. `UTC` by default. */
      tz?: string | undefined;
      /** The steps of `overTime`, at most 10000; weeks begin on Mondays. By default hours for `24h`, else days, or longer steps where those would be too many. */
      interval?: "hour" | "day" | "week" | "month" | undefined;
      /** Whether what does not count (bots, previews, prefetches …) is left out, included, or all there is. Left out by default; included for links with `filterBots: false`. */
      bots?: "exclude" | "include" | "only" | undefined;
      /** Rows of each breakdown; 0: all. */
      limit?: number | undefined;
      /** Also tell the totals of the period before, as long as this one. null for `all`, before which there is nothing. */
      compare?: "previous" | undefined;
      /** Only hits that `byCountry` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      country?: string[] | undefined;
      /** Only hits that `byRegion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      region?: string[] | undefined;
      /** Only hits that `byCity` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      city?: string[] | undefined;
      /** Only hits that `byDevice` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      device?: string[] | undefined;
      /** Only hits that `byBrowser` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browser?: string[] | undefined;
      /** Only hits that `byBrowserVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browserVersion?: string[] | undefined;
      /** Only hits that `byOs` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      os?: string[] | undefined;
      /** Only hits that `byOsVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      osVersion?: string[] | undefined;
      /** Only hits that `byReferrer` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrer?: string[] | undefined;
      /** Only hits that `byReferrerUrl` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrerUrl?: string[] | undefined;
      /** Only hits that `byLanguage` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      language?: string[] | undefined;
      /** Only hits that `byUtmSource` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmSource?: string[] | undefined;
      /** Only hits that `byUtmMedium` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmMedium?: string[] | undefined;
      /** Only hits that `byUtmCampaign` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmCampaign?: string[] | undefined;
      /** Only hits that `byUtmTerm` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmTerm?: string[] | undefined;
      /** Only hits that `byUtmContent` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmContent?: string[] | undefined;
      /** Only hits that `byTarget` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      target?: string[] | undefined;
      /** Only hits that `byQr` shows as this (`none` included). Repeat it for several, of which any will do. */
      qr?: string[] | undefined;
    };
    data: LinkStats;
  };
  /** GET /api/v1/analytics/overview: Get the most important numbers of all your links. */
  getAnalyticsOverview: {
    query: {
      /** The last so many hours or local days, the running one included; `all` by default. Not together with `from` and `to`. */
      period?: "24h" | "7d" | "30d" | "90d" | "all" | undefined;
      /** The first moment: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      from?: string | undefined;
      /** The end: a time is not included any more, a date is: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      to?: string | undefined;
      /** An IANA time zone, such as `Europe/Berlin`: days begin at its midnights. `UTC` by default. */
      tz?: string | undefined;
      /** The steps of `overTime`, at most 10000; weeks begin on Mondays. By default hours for `24h`, else days, or longer steps where those would be too many. */
      interval?: "hour" | "day" | "week" | "month" | undefined;
      /** Whether what does not count (bots, previews, prefetches …) is left out, included, or all there is. Left out by default; included for links with `filterBots: false`. */
      bots?: "exclude" | "include" | "only" | undefined;
      /** Rows of each breakdown; 0: all. */
      limit?: number | undefined;
      /** Also tell the totals of the period before, as long as this one. null for `all`, before which there is nothing. */
      compare?: "previous" | undefined;
      /** Only hits on the link with this id. Repeat it for several, of which any will do. */
      link?: string[] | undefined;
      /** Only hits on links of this domain. Repeat it for several, of which any will do. */
      domain?: string[] | undefined;
      /** Only hits on links with this tag. Repeat it for several, of which any will do. */
      tag?: string[] | undefined;
      /** Only hits that `byCountry` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      country?: string[] | undefined;
      /** Only hits that `byRegion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      region?: string[] | undefined;
      /** Only hits that `byCity` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      city?: string[] | undefined;
      /** Only hits that `byDevice` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      device?: string[] | undefined;
      /** Only hits that `byBrowser` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browser?: string[] | undefined;
      /** Only hits that `byBrowserVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browserVersion?: string[] | undefined;
      /** Only hits that `byOs` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      os?: string[] | undefined;
      /** Only hits that `byOsVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      osVersion?: string[] | undefined;
      /** Only hits that `byReferrer` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrer?: string[] | undefined;
      /** Only hits that `byReferrerUrl` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrerUrl?: string[] | undefined;
      /** Only hits that `byLanguage` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      language?: string[] | undefined;
      /** Only hits that `byUtmSource` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmSource?: string[] | undefined;
      /** Only hits that `byUtmMedium` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmMedium?: string[] | undefined;
      /** Only hits that `byUtmCampaign` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmCampaign?: string[] | undefined;
      /** Only hits that `byUtmTerm` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmTerm?: string[] | undefined;
      /** Only hits that `byUtmContent` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmContent?: string[] | undefined;
      /** Only hits that `byTarget` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      target?: string[] | undefined;
      /** Only hits that `byQr` shows as this (`none` included). Repeat it for several, of which any will do. */
      qr?: string[] | undefined;
    };
    data: {
      from: string;
      /** The first moment after the period. */
      to: string;
      totalClicks: number;
      /** Different visitors whose hits count: exact to about 50, else an estimate (HyperLogLog, standard error 1.6 %). */
      uniqueVisitors: number;
      timeZone: string;
      /** The steps of `overTime`. */
      interval: "hour" | "day" | "week" | "month";
      /** Whether hits that do not count are in these numbers, asked for or because programs count on this link. */
      bots: "exclude" | "include" | "only";
      /** The period before, where `compare=previous` asks for it and there is one. */
      previous: {
        from: string;
        /** The first moment after the period. */
        to: string;
        totalClicks: number;
        /** Different visitors whose hits count: exact to about 50, else an estimate (HyperLogLog, standard error 1.6 %). */
        uniqueVisitors: number;
      } | null;
      /** How many links have any of these clicks. */
      clickedLinks: number;
      /** The most clicked, at most 1000. */
      topLinks: Array<{
        link: {
          id: string;
          shortUrl: string;
          slug: string;
          domain: string;
          destinationUrl: string;
          title: string | null;
        };
        count: number;
      }>;
      /** ISO 3166-1 alpha-2, or `unknown`. */
      byCountry: Array<{
        country: string;
        count: number;
      }>;
      /** Most first. */
      byDevice: Array<{
        device: string;
        count: number;
      }>;
      /** Most first. */
      byBrowser: Array<{
        browser: string;
        count: number;
      }>;
      /** Most first. */
      byOs: Array<{
        os: string;
        count: number;
      }>;
      /** Hosts only; `direct` where there was none. */
      byReferrer: Array<{
        referrer: string;
        count: number;
      }>;
      /** Most first. */
      byLanguage: Array<{
        language: string;
        count: number;
      }>;
      /** Without gaps. `date` is a local date, the first of a week or month; of an hour, its first moment. */
      overTime: Array<{
        date: string;
        count: number;
      }>;
    };
  };
  /** GET /api/v1/analytics/clicks: Get the clicks of all your links over time. */
  getAnalyticsClicks: {
    query: {
      /** The last so many hours or local days, the running one included; `all` by default. Not together with `from` and `to`. */
      period?: "24h" | "7d" | "30d" | "90d" | "all" | undefined;
      /** The first moment: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      from?: string | undefined;
      /** The end: a time is not included any more, a date is: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      to?: string | undefined;
      /** An IANA time zone, such as `Europe/Berlin`: days begin at its midnights. `UTC` by default. */
      tz?: string | undefined;
      /** The steps of `overTime`, at most 10000; weeks begin on Mondays. By default hours for `24h`, else days, or longer steps where those would be too many. */
      interval?: "hour" | "day" | "week" | "month" | undefined;
      /** Whether what does not count (bots, previews, prefetches …) is left out, included, or all there is. Left out by default; included for links with `filterBots: false`. */
      bots?: "exclude" | "include" | "only" | undefined;
      /** Rows of each breakdown; 0: all. */
      limit?: number | undefined;
      /** Also tell the totals of the period before, as long as this one. null for `all`, before which there is nothing. */
      compare?: "previous" | undefined;
      /** Only hits on the link with this id. Repeat it for several, of which any will do. */
      link?: string[] | undefined;
      /** Only hits on links of this domain. Repeat it for several, of which any will do. */
      domain?: string[] | undefined;
      /** Only hits on links with this tag. Repeat it for several, of which any will do. */
      tag?: string[] | undefined;
      /** Only hits that `byCountry` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      country?: string[] | undefined;
      /** Only hits that `byRegion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      region?: string[] | undefined;
      /** Only hits that `byCity` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      city?: string[] | undefined;
      /** Only hits that `byDevice` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      device?: string[] | undefined;
      /** Only hits that `byBrowser` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browser?: string[] | undefined;
      /** Only hits that `byBrowserVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browserVersion?: string[] | undefined;
      /** Only hits that `byOs` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      os?: string[] | undefined;
      /** Only hits that `byOsVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      osVersion?: string[] | undefined;
      /** Only hits that `byReferrer` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrer?: string[] | undefined;
      /** Only hits that `byReferrerUrl` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrerUrl?: string[] | undefined;
      /** Only hits that `byLanguage` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      language?: string[] | undefined;
      /** Only hits that `byUtmSource` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmSource?: string[] | undefined;
      /** Only hits that `byUtmMedium` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmMedium?: string[] | undefined;
      /** Only hits that `byUtmCampaign` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmCampaign?: string[] | undefined;
      /** Only hits that `byUtmTerm` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmTerm?: string[] | undefined;
      /** Only hits that `byUtmContent` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmContent?: string[] | undefined;
      /** Only hits that `byTarget` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      target?: string[] | undefined;
      /** Only hits that `byQr` shows as this (`none` included). Repeat it for several, of which any will do. */
      qr?: string[] | undefined;
    };
    data: {
      from: string;
      /** The first moment after the period. */
      to: string;
      totalClicks: number;
      /** Different visitors whose hits count: exact to about 50, else an estimate (HyperLogLog, standard error 1.6 %). */
      uniqueVisitors: number;
      timeZone: string;
      /** The steps of `overTime`. */
      interval: "hour" | "day" | "week" | "month";
      /** Whether hits that do not count are in these numbers, asked for or because programs count on this link. */
      bots: "exclude" | "include" | "only";
      /** The period before, where `compare=previous` asks for it and there is one. */
      previous: {
        from: string;
        /** The first moment after the period. */
        to: string;
        totalClicks: number;
        /** Different visitors whose hits count: exact to about 50, else an estimate (HyperLogLog, standard error 1.6 %). */
        uniqueVisitors: number;
      } | null;
      /** Without gaps. `date` is a local date, the first of a week or month; of an hour, its first moment. Different visitors are told of up to 1000 steps. */
      overTime: Array<{
        date: string;
        count: number;
        uniqueVisitors?: number | undefined;
      }>;
    };
  };
  /** GET /api/v1/analytics/geo: Get where the visitors of all your links are. */
  getAnalyticsGeo: {
    query: {
      /** The last so many hours or local days, the running one included; `all` by default. Not together with `from` and `to`. */
      period?: "24h" | "7d" | "30d" | "90d" | "all" | undefined;
      /** The first moment: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      from?: string | undefined;
      /** The end: a time is not included any more, a date is: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      to?: string | undefined;
      /** An IANA time zone, such as `Europe/Berlin`: days begin at its midnights. `UTC` by default. */
      tz?: string | undefined;
      /** The steps of `overTime`, at most 10000; weeks begin on Mondays. By default hours for `24h`, else days, or longer steps where those would be too many. */
      interval?: "hour" | "day" | "week" | "month" | undefined;
      /** Whether what does not count (bots, previews, prefetches …) is left out, included, or all there is. Left out by default; included for links with `filterBots: false`. */
      bots?: "exclude" | "include" | "only" | undefined;
      /** Rows of each breakdown; 0: all. */
      limit?: number | undefined;
      /** Also tell the totals of the period before, as long as this one. null for `all`, before which there is nothing. */
      compare?: "previous" | undefined;
      /** Only hits on the link with this id. Repeat it for several, of which any will do. */
      link?: string[] | undefined;
      /** Only hits on links of this domain. Repeat it for several, of which any will do. */
      domain?: string[] | undefined;
      /** Only hits on links with this tag. Repeat it for several, of which any will do. */
      tag?: string[] | undefined;
      /** Only hits that `byCountry` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      country?: string[] | undefined;
      /** Only hits that `byRegion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      region?: string[] | undefined;
      /** Only hits that `byCity` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      city?: string[] | undefined;
      /** Only hits that `byDevice` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      device?: string[] | undefined;
      /** Only hits that `byBrowser` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browser?: string[] | undefined;
      /** Only hits that `byBrowserVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browserVersion?: string[] | undefined;
      /** Only hits that `byOs` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      os?: string[] | undefined;
      /** Only hits that `byOsVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      osVersion?: string[] | undefined;
      /** Only hits that `byReferrer` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrer?: string[] | undefined;
      /** Only hits that `byReferrerUrl` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrerUrl?: string[] | undefined;
      /** Only hits that `byLanguage` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      language?: string[] | undefined;
      /** Only hits that `byUtmSource` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmSource?: string[] | undefined;
      /** Only hits that `byUtmMedium` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmMedium?: string[] | undefined;
      /** Only hits that `byUtmCampaign` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmCampaign?: string[] | undefined;
      /** Only hits that `byUtmTerm` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmTerm?: string[] | undefined;
      /** Only hits that `byUtmContent` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmContent?: string[] | undefined;
      /** Only hits that `byTarget` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      target?: string[] | undefined;
      /** Only hits that `byQr` shows as this (`none` included). Repeat it for several, of which any will do. */
      qr?: string[] | undefined;
    };
    data: {
      from: string;
      /** The first moment after the period. */
      to: string;
      totalClicks: number;
      /** Different visitors whose hits count: exact to about 50, else an estimate (HyperLogLog, standard error 1.6 %). */
      uniqueVisitors: number;
      timeZone: string;
      /** The steps of `overTime`. */
      interval: "hour" | "day" | "week" | "month";
      /** Whether hits that do not count are in these numbers, asked for or because programs count on this link. */
      bots: "exclude" | "include" | "only";
      /** The period before, where `compare=previous` asks for it and there is one. */
      previous: {
        from: string;
        /** The first moment after the period. */
        to: string;
        totalClicks: number;
        /** Different visitors whose hits count: exact to about 50, else an estimate (HyperLogLog, standard error 1.6 %). */
        uniqueVisitors: number;
      } | null;
      /** ISO 3166-1 alpha-2, or `unknown`. */
      byCountry: Array<{
        country: string;
        count: number;
      }>;
      /** ISO 3166-2, or `unknown`. */
      byRegion: Array<{
        region: string;
        name: string | null;
        country: string | null;
        count: number;
      }>;
      /** Most first. */
      byCity: Array<{
        city: string;
        region: string | null;
        country: string | null;
        count: number;
      }>;
      /** Without gaps. `date` is a local date, the first of a week or month; of an hour, its first moment. */
      overTime: Array<{
        date: string;
        count: number;
      }>;
    };
  };
  /** GET /api/v1/analytics/devices: Get the devices and systems of all your visitors. */
  getAnalyticsDevices: {
    query: {
      /** The last so many hours or local days, the running one included; `all` by default. Not together with `from` and `to`. */
      period?: "24h" | "7d" | "30d" | "90d" | "all" | undefined;
      /** The first moment: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      from?: string | undefined;
      /** The end: a time is not included any more, a date is: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      to?: string | undefined;
      /** An IANA time zone, such as `Europe/Berlin`: days begin at its midnights. `UTC` by default. */
      tz?: string | undefined;
      /** The steps of `overTime`, at most 10000; weeks begin on Mondays. By default hours for `24h`, else days, or longer steps where those would be too many. */
      interval?: "hour" | "day" | "week" | "month" | undefined;
      /** Whether what does not count (bots, previews, prefetches …) is left out, included, or all there is. Left out by default; included for links with `filterBots: false`. */
      bots?: "exclude" | "include" | "only" | undefined;
      /** Rows of each breakdown; 0: all. */
      limit?: number | undefined;
      /** Also tell the totals of the period before, as long as this one. null for `all`, before which there is nothing. */
      compare?: "previous" | undefined;
      /** Only hits on the link with this id. Repeat it for several, of which any will do. */
      link?: string[] | undefined;
      /** Only hits on links of this domain. Repeat it for several, of which any will do. */
      domain?: string[] | undefined;
      /** Only hits on links with this tag. Repeat it for several, of which any will do. */
      tag?: string[] | undefined;
      /** Only hits that `byCountry` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      country?: string[] | undefined;
      /** Only hits that `byRegion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      region?: string[] | undefined;
      /** Only hits that `byCity` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      city?: string[] | undefined;
      /** Only hits that `byDevice` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      device?: string[] | undefined;
      /** Only hits that `byBrowser` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browser?: string[] | undefined;
      /** Only hits that `byBrowserVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browserVersion?: string[] | undefined;
      /** Only hits that `byOs` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      os?: string[] | undefined;
      /** Only hits that `byOsVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      osVersion?: string[] | undefined;
      /** Only hits that `byReferrer` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrer?: string[] | undefined;
      /** Only hits that `byReferrerUrl` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrerUrl?: string[] | undefined;
      /** Only hits that `byLanguage` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      language?: string[] | undefined;
      /** Only hits that `byUtmSource` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmSource?: string[] | undefined;
      /** Only hits that `byUtmMedium` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmMedium?: string[] | undefined;
      /** Only hits that `byUtmCampaign` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmCampaign?: string[] | undefined;
      /** Only hits that `byUtmTerm` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmTerm?: string[] | undefined;
      /** Only hits that `byUtmContent` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmContent?: string[] | undefined;
      /** Only hits that `byTarget` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      target?: string[] | undefined;
      /** Only hits that `byQr` shows as this (`none` included). Repeat it for several, of which any will do. */
      qr?: string[] | undefined;
    };
    data: {
      from: string;
      /** The first moment after the period. */
      to: string;
      totalClicks: number;
      /** Different visitors whose hits count: exact to about 50, else an estimate (HyperLogLog, standard error 1.6 %). */
      uniqueVisitors: number;
      timeZone: string;
      /** The steps of `overTime`. */
      interval: "hour" | "day" | "week" | "month";
      /** Whether hits that do not count are in these numbers, asked for or because programs count on this link. */
      bots: "exclude" | "include" | "only";
      /** The period before, where `compare=previous` asks for it and there is one. */
      previous: {
        from: string;
        /** The first moment after the period. */
        to: string;
        totalClicks: number;
        /** Different visitors whose hits count: exact to about 50, else an estimate (HyperLogLog, standard error 1.6 %). */
        uniqueVisitors: number;
      } | null;
      /** Most first. */
      byDevice: Array<{
        device: string;
        count: number;
      }>;
      /** Most first. */
      byOs: Array<{
        os: string;
        count: number;
      }>;
      /** Name and version. */
      byOsVersion: Array<{
        osVersion: string;
        count: number;
      }>;
      /** Without gaps. `date` is a local date, the first of a week or month; of an hour, its first moment. */
      overTime: Array<{
        date: string;
        count: number;
      }>;
    };
  };
  /** GET /api/v1/analytics/browsers: Get the browsers and languages of all your visitors. */
  getAnalyticsBrowsers: {
    query: {
      /** The last so many hours or local days, the running one included; `all` by default. Not together with `from` and `to`. */
      period?: "24h" | "7d" | "30d" | "90d" | "all" | undefined;
      /** The first moment: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      from?: string | undefined;
      /** The end: a time is not included any more, a date is: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      to?: string | undefined;
      /** An IANA time zone, such as `Europe/Berlin`: days begin at its midnights. `UTC` by default. */
      tz?: string | undefined;
      /** The steps of `overTime`, at most 10000; weeks begin on Mondays. By default hours for `24h`, else days, or longer steps where those would be too many. */
      interval?: "hour" | "day" | "week" | "month" | undefined;
      /** Whether what does not count (bots, previews, prefetches …) is left out, included, or all there is. Left out by default; included for links with `filterBots: false`. */
      bots?: "exclude" | "include" | "only" | undefined;
      /** Rows of each breakdown; 0: all. */
      limit?: number | undefined;
      /** Also tell the totals of the period before, as long as this one. null for `all`, before which there is nothing. */
      compare?: "previous" | undefined;
      /** Only hits on the link with this id. Repeat it for several, of which any will do. */
      link?: string[] | undefined;
      /** Only hits on links of this domain. Repeat it for several, of which any will do. */
      domain?: string[] | undefined;
      /** Only hits on links with this tag. Repeat it for several, of which any will do. */
      tag?: string[] | undefined;
      /** Only hits that `byCountry` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      country?: string[] | undefined;
      /** Only hits that `byRegion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      region?: string[] | undefined;
      /** Only hits that `byCity` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      city?: string[] | undefined;
      /** Only hits that `byDevice` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      device?: string[] | undefined;
      /** Only hits that `byBrowser` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browser?: string[] | undefined;
      /** Only hits that `byBrowserVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browserVersion?: string[] | undefined;
      /** Only hits that `byOs` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      os?: string[] | undefined;
      /** Only hits that `byOsVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      osVersion?: string[] | undefined;
      /** Only hits that `byReferrer` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrer?: string[] | undefined;
      /** Only hits that `byReferrerUrl` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrerUrl?: string[] | undefined;
      /** Only hits that `byLanguage` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      language?: string[] | undefined;
      /** Only hits that `byUtmSource` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmSource?: string[] | undefined;
      /** Only hits that `byUtmMedium` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmMedium?: string[] | undefined;
      /** Only hits that `byUtmCampaign` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmCampaign?: string[] | undefined;
      /** Only hits that `byUtmTerm` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmTerm?: string[] | undefined;
      /** Only hits that `byUtmContent` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmContent?: string[] | undefined;
      /** Only hits that `byTarget` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      target?: string[] | undefined;
      /** Only hits that `byQr` shows as this (`none` included). Repeat it for several, of which any will do. */
      qr?: string[] | undefined;
    };
    data: {
      from: string;
      /** The first moment after the period. */
      to: string;
      totalClicks: number;
      /** Different visitors whose hits count: exact to about 50, else an estimate (HyperLogLog, standard error 1.6 %). */
      uniqueVisitors: number;
      timeZone: string;
      /** The steps of `overTime`. */
      interval: "hour" | "day" | "week" | "month";
      /** Whether hits that do not count are in these numbers, asked for or because programs count on this link. */
      bots: "exclude" | "include" | "only";
      /** The period before, where `compare=previous` asks for it and there is one. */
      previous: {
        from: string;
        /** The first moment after the period. */
        to: string;
        totalClicks: number;
        /** Different visitors whose hits count: exact to about 50, else an estimate (HyperLogLog, standard error 1.6 %). */
        uniqueVisitors: number;
      } | null;
      /** Most first. */
      byBrowser: Array<{
        browser: string;
        count: number;
      }>;
      /** Name and major version. */
      byBrowserVersion: Array<{
        browserVersion: string;
        count: number;
      }>;
      /** Most first. */
      byLanguage: Array<{
        language: string;
        count: number;
      }>;
      /** Without gaps. `date` is a local date, the first of a week or month; of an hour, its first moment. */
      overTime: Array<{
        date: string;
        count: number;
      }>;
    };
  };
  /** GET /api/v1/analytics/referrers: Get where the visitors of all your links come from. */
  getAnalyticsReferrers: {
    query: {
      /** The last so many hours or local days, the running one included; `all` by default. Not together with `from` and `to`. */
      period?: "24h" | "7d" | "30d" | "90d" | "all" | undefined;
      /** The first moment: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      from?: string | undefined;
      /** The end: a time is not included any more, a date is: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      to?: string | undefined;
      /** An IANA time zone, such as `Europe/Berlin`: days begin at its midnights. `UTC` by default. */
      tz?: string | undefined;
      /** The steps of `overTime`, at most 10000; weeks begin on Mondays. By default hours for `24h`, else days, or longer steps where those would be too many. */
      interval?: "hour" | "day" | "week" | "month" | undefined;
      /** Whether what does not count (bots, previews, prefetches …) is left out, included, or all there is. Left out by default; included for links with `filterBots: false`. */
      bots?: "exclude" | "include" | "only" | undefined;
      /** Rows of each breakdown; 0: all. */
      limit?: number | undefined;
      /** Also tell the totals of the period before, as long as this one. null for `all`, before which there is nothing. */
      compare?: "previous" | undefined;
      /** Only hits on the link with this id. Repeat it for several, of which any will do. */
      link?: string[] | undefined;
      /** Only hits on links of this domain. Repeat it for several, of which any will do. */
      domain?: string[] | undefined;
      /** Only hits on links with this tag. Repeat it for several, of which any will do. */
      tag?: string[] | undefined;
      /** Only hits that `byCountry` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      country?: string[] | undefined;
      /** Only hits that `byRegion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      region?: string[] | undefined;
      /** Only hits that `byCity` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      city?: string[] | undefined;
      /** Only hits that `byDevice` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      device?: string[] | undefined;
      /** Only hits that `byBrowser` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browser?: string[] | undefined;
      /** Only hits that `byBrowserVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browserVersion?: string[] | undefined;
      /** Only hits that `byOs` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      os?: string[] | undefined;
      /** Only hits that `byOsVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      osVersion?: string[] | undefined;
      /** Only hits that `byReferrer` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrer?: string[] | undefined;
      /** Only hits that `byReferrerUrl` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrerUrl?: string[] | undefined;
      /** Only hits that `byLanguage` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      language?: string[] | undefined;
      /** Only hits that `byUtmSource` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmSource?: string[] | undefined;
      /** Only hits that `byUtmMedium` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmMedium?: string[] | undefined;
      /** Only hits that `byUtmCampaign` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmCampaign?: string[] | undefined;
      /** Only hits that `byUtmTerm` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmTerm?: string[] | undefined;
      /** Only hits that `byUtmContent` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmContent?: string[] | undefined;
      /** Only hits that `byTarget` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      target?: string[] | undefined;
      /** Only hits that `byQr` shows as this (`none` included). Repeat it for several, of which any will do. */
      qr?: string[] | undefined;
    };
    data: {
      from: string;
      /** The first moment after the period. */
      to: string;
      totalClicks: number;
      /** Different visitors whose hits count: exact to about 50, else an estimate (HyperLogLog, standard error 1.6 %). */
      uniqueVisitors: number;
      timeZone: string;
      /** The steps of `overTime`. */
      interval: "hour" | "day" | "week" | "month";
      /** Whether hits that do not count are in these numbers, asked for or because programs count on this link. */
      bots: "exclude" | "include" | "only";
      /** The period before, where `compare=previous` asks for it and there is one. */
      previous: {
        from: string;
        /** The first moment after the period. */
        to: string;
        totalClicks: number;
        /** Different visitors whose hits count: exact to about 50, else an estimate (HyperLogLog, standard error 1.6 %). */
        uniqueVisitors: number;
      } | null;
      /** Hosts only; `direct` where there was none. */
      byReferrer: Array<{
        referrer: string;
        count: number;
      }>;
      /** Whole addresses, without fragment; `direct` where there was none. */
      byReferrerUrl: Array<{
        referrerUrl: string;
        count: number;
      }>;
      /** Of the visit, else the link's own; `none` where there was none. */
      byUtmSource: Array<{
        utmSource: string;
        count: number;
      }>;
      /** Most first. */
      byUtmMedium: Array<{
        utmMedium: string;
        count: number;
      }>;
      /** Most first. */
      byUtmCampaign: Array<{
        utmCampaign: string;
        count: number;
      }>;
      /** Most first. */
      byUtmTerm: Array<{
        utmTerm: string;
        count: number;
      }>;
      /** Most first. */
      byUtmContent: Array<{
        utmContent: string;
        count: number;
      }>;
      /** Which rule chose the destination: `destination`, `ios`, `android`, `geo:CH`, `device:mobile`. */
      byTarget: Array<{
        target: string;
        count: number;
      }>;
      /** Ids of QR codes; `none` for visits that came by the link itself. */
      byQr: Array<{
        qr: string;
        count: number;
      }>;
      /** Without gaps. `date` is a local date, the first of a week or month; of an hour, its first moment. */
      overTime: Array<{
        date: string;
        count: number;
      }>;
    };
  };
  /** GET /api/v1/analytics/top-links: Get the clicks by link, domain and tag. */
  getAnalyticsTopLinks: {
    query: {
      /** The last so many hours or local days, the running one included; `all` by default. Not together with `from` and `to`. */
      period?: "24h" | "7d" | "30d" | "90d" | "all" | undefined;
      /** The first moment: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      from?: string | undefined;
      /** The end: a time is not included any more, a date is: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      to?: string | undefined;
      /** An IANA time zone, such as `Europe/Berlin`: days begin at its midnights. `UTC` by default. */
      tz?: string | undefined;
      /** The steps of `overTime`, at most 10000; weeks begin on Mondays. By default hours for `24h`, else days, or longer steps where those would be too many. */
      interval?: "hour" | "day" | "week" | "month" | undefined;
      /** Whether what does not count (bots, previews, prefetches …) is left out, included, or all there is. Left out by default; included for links with `filterBots: false`. */
      bots?: "exclude" | "include" | "only" | undefined;
      /** Rows of each breakdown; 0: all. */
      limit?: number | undefined;
      /** Also tell the totals of the period before, as long as this one. null for `all`, before which there is nothing. */
      compare?: "previous" | undefined;
      /** Only hits on the link with this id. Repeat it for several, of which any will do. */
      link?: string[] | undefined;
      /** Only hits on links of this domain. Repeat it for several, of which any will do. */
      domain?: string[] | undefined;
      /** Only hits on links with this tag. Repeat it for several, of which any will do. */
      tag?: string[] | undefined;
      /** Only hits that `byCountry` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      country?: string[] | undefined;
      /** Only hits that `byRegion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      region?: string[] | undefined;
      /** Only hits that `byCity` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      city?: string[] | undefined;
      /** Only hits that `byDevice` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      device?: string[] | undefined;
      /** Only hits that `byBrowser` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browser?: string[] | undefined;
      /** Only hits that `byBrowserVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browserVersion?: string[] | undefined;
      /** Only hits that `byOs` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      os?: string[] | undefined;
      /** Only hits that `byOsVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      osVersion?: string[] | undefined;
      /** Only hits that `byReferrer` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrer?: string[] | undefined;
      /** Only hits that `byReferrerUrl` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrerUrl?: string[] | undefined;
      /** Only hits that `byLanguage` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      language?: string[] | undefined;
      /** Only hits that `byUtmSource` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmSource?: string[] | undefined;
      /** Only hits that `byUtmMedium` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmMedium?: string[] | undefined;
      /** Only hits that `byUtmCampaign` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmCampaign?: string[] | undefined;
      /** Only hits that `byUtmTerm` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmTerm?: string[] | undefined;
      /** Only hits that `byUtmContent` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmContent?: string[] | undefined;
      /** Only hits that `byTarget` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      target?: string[] | undefined;
      /** Only hits that `byQr` shows as this (`none` included). Repeat it for several, of which any will do. */
      qr?: string[] | undefined;
    };
    data: {
      from: string;
      /** The first moment after the period. */
      to: string;
      totalClicks: number;
      /** Different visitors whose hits count: exact to about 50, else an estimate (HyperLogLog, standard error 1.6 %). */
      uniqueVisitors: number;
      timeZone: string;
      /** The steps of `overTime`. */
      interval: "hour" | "day" | "week" | "month";
      /** Whether hits that do not count are in these numbers, asked for or because programs count on this link. */
      bots: "exclude" | "include" | "only";
      /** The period before, where `compare=previous` asks for it and there is one. */
      previous: {
        from: string;
        /** The first moment after the period. */
        to: string;
        totalClicks: number;
        /** Different visitors whose hits count: exact to about 50, else an estimate (HyperLogLog, standard error 1.6 %). */
        uniqueVisitors: number;
      } | null;
      /** How many links have any of these clicks. */
      clickedLinks: number;
      /** The most clicked, at most 1000. */
      topLinks: Array<{
        link: {
          id: string;
          shortUrl: string;
          slug: string;
          domain: string;
          destinationUrl: string;
          title: string | null;
        };
        count: number;
      }>;
      /** By the domain that each link is on today. */
      byDomain: Array<{
        domain: string;
        count: number;
      }>;
      /** A click counts for each tag that its link has today, and for none where it has none. */
      byTag: Array<{
        tag: string;
        count: number;
      }>;
      /** Without gaps. `date` is a local date, the first of a week or month; of an hour, its first moment. */
      overTime: Array<{
        date: string;
        count: number;
      }>;
    };
  };
  /** GET /api/v1/analytics/recent: Get the newest clicks on all your links. */
  getRecentClicks: {
    query: {
      /** The last so many hours or local days, the running one included; `all` by default. Not together with `from` and `to`. */
      period?: "24h" | "7d" | "30d" | "90d" | "all" | undefined;
      /** The first moment: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      from?: string | undefined;
      /** The end: a time is not included any more, a date is: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      to?: string | undefined;
      /** An IANA time zone, such as `Europe/Berlin`: days begin at its midnights. `UTC` by default. */
      tz?: string | undefined;
      /** Taken, but there are no steps. */
      interval?: "hour" | "day" | "week" | "month" | undefined;
      /** Whether what does not count (bots, previews, prefetches …) is left out, included, or all there is. Left out by default; included for links with `filterBots: false`. */
      bots?: "exclude" | "include" | "only" | undefined;
      /** At most so many; 100 are sent at the most, and for 0. */
      limit?: number | undefined;
      /** Taken, but there are no totals. */
      compare?: "previous" | undefined;
      /** Only hits on the link with this id. Repeat it for several, of which any will do. */
      link?: string[] | undefined;
      /** Only hits on links of this domain. Repeat it for several, of which any will do. */
      domain?: string[] | undefined;
      /** Only hits on links with this tag. Repeat it for several, of which any will do. */
      tag?: string[] | undefined;
      /** Only hits that `byCountry` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      country?: string[] | undefined;
      /** Only hits that `byRegion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      region?: string[] | undefined;
      /** Only hits that `byCity` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      city?: string[] | undefined;
      /** Only hits that `byDevice` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      device?: string[] | undefined;
      /** Only hits that `byBrowser` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browser?: string[] | undefined;
      /** Only hits that `byBrowserVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browserVersion?: string[] | undefined;
      /** Only hits that `byOs` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      os?: string[] | undefined;
      /** Only hits that `byOsVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      osVersion?: string[] | undefined;
      /** Only hits that `byReferrer` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrer?: string[] | undefined;
      /** Only hits that `byReferrerUrl` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrerUrl?: string[] | undefined;
      /** Only hits that `byLanguage` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      language?: string[] | undefined;
      /** Only hits that `byUtmSource` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmSource?: string[] | undefined;
      /** Only hits that `byUtmMedium` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmMedium?: string[] | undefined;
      /** Only hits that `byUtmCampaign` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmCampaign?: string[] | undefined;
      /** Only hits that `byUtmTerm` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmTerm?: string[] | undefined;
      /** Only hits that `byUtmContent` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmContent?: string[] | undefined;
      /** Only hits that `byTarget` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      target?: string[] | undefined;
      /** Only hits that `byQr` shows as this (`none` included). Repeat it for several, of which any will do. */
      qr?: string[] | undefined;
    };
    data: RecentClicks;
  };
  /** POST /api/v1/qr/generate: Draw a QR code. */
  generateQr: {
    body: {
      /** What the code holds: a URL, or any other text of at most 2048 bytes. */
      url: string;
      /** Side of the image in pixels, quiet zone included. Default: 256. */
      size?: number | null | undefined;
      /** Of the modules. Default: `#000000`. */
      foregroundColor?: string | null | undefined;
      /** Has to be lighter, with a contrast of at least 3:1. Default: `#FFFFFF`. */
      backgroundColor?: string | null | undefined;
      /** Percent of a module's side; 50 makes dots. What scanners look for stays square. Default: 0. */
      cornerRadius?: number | null | undefined;
      /** Corners of the three large squares. Default: `square`. */
      eyeStyle?: "square" | "rounded" | null | undefined;
      /** How much may be damaged: 7, 15, 25 or 30 percent. With a logo it is always H. Default: M. */
      errorCorrection?: "L" | "M" | "Q" | "H" | null | undefined;
      /** Default: svg. */
      format?: "svg" | "png" | null | undefined;
      /** Quiet zone in modules, at least 1. Scanners are promised 4, which is the default. */
      margin?: number | null | undefined;
      /** A picture for the middle, as a data URL: PNG, JPEG or SVG, at most 256 kB and 4 million pixels. It is drawn anew as a PNG. */
      logo?: string | null | undefined;
      /** Percent of the code's side that the longer side of the logo takes. Default: 20. */
      logoSize?: number | null | undefined;
      /** Not without a key: send the picture itself as `logo`. */
      logoUrl?: string | null | undefined;
    };
    data: Uint8Array;
  };
  /** POST /api/v1/qr/batch: Draw the codes of many links. */
  downloadQrBatch: {
    body: {
      /** Your links, each once. A code holds its short URL. */
      linkIds: string[];
      /** Side of the image in pixels, quiet zone included. Default: 256. */
      size?: number | null | undefined;
      /** Of the modules. Default: `#000000`. */
      foregroundColor?: string | null | undefined;
      /** Has to be lighter, with a contrast of at least 3:1. Default: `#FFFFFF`. */
      backgroundColor?: string | null | undefined;
      /** Percent of a module's side; 50 makes dots. What scanners look for stays square. Default: 0. */
      cornerRadius?: number | null | undefined;
      /** Corners of the three large squares. Default: `square`. */
      eyeStyle?: "square" | "rounded" | null | undefined;
      /** How much may be damaged: 7, 15, 25 or 30 percent. With a logo it is always H. Default: M. */
      errorCorrection?: "L" | "M" | "Q" | "H" | null | undefined;
      /** Default: svg. */
      format?: "svg" | "png" | null | undefined;
      /** Quiet zone in modules, at least 1. Scanners are promised 4, which is the default. */
      margin?: number | null | undefined;
      /** A picture for the middle, as a data URL: PNG, JPEG or SVG, at most 256 kB and 4 million pixels. It is drawn anew as a PNG. */
      logo?: string | null | undefined;
      /** Percent of the code's side that the longer side of the logo takes. Default: 20. */
      logoSize?: number | null | undefined;
    };
    data: Uint8Array;
  };
  /** POST /api/v1/qr: Save a QR code. */
  createQr: {
    body: {
      /** For yourself. */
      name?: string | null | undefined;
      /** What the code holds. Not needed with `linkId`, whose tracking URL it then holds. */
      url?: string | null | undefined;
      /** One of your links: the code leads there, and every scan is counted. */
      linkId?: string | null | undefined;
      /** Side of the image in pixels, quiet zone included. Default: 256. */
      size?: number | null | undefined;
      /** Of the modules. Default: `#000000`. */
      foregroundColor?: string | null | undefined;
      /** Has to be lighter, with a contrast of at least 3:1. Default: `#FFFFFF`. */
      backgroundColor?: string | null | undefined;
      /** Percent of a module's side; 50 makes dots. What scanners look for stays square. Default: 0. */
      cornerRadius?: number | null | undefined;
      /** Corners of the three large squares. Default: `square`. */
      eyeStyle?: "square" | "rounded" | null | undefined;
      /** How much may be damaged: 7, 15, 25 or 30 percent. With a logo it is always H. Default: M. */
      errorCorrection?: "L" | "M" | "Q" | "H" | null | undefined;
      /** Default: svg. */
      format?: "svg" | "png" | null | undefined;
      /** Quiet zone in modules, at least 1. Scanners are promised 4, which is the default. */
      margin?: number | null | undefined;
      /** A picture for the middle, as a data URL: PNG, JPEG or SVG, at most 256 kB and 4 million pixels. It is drawn anew as a PNG. */
      logo?: string | null | undefined;
      /** Percent of the code's side that the longer side of the logo takes. Default: 20. */
      logoSize?: number | null | undefined;
      /** Where to fetch the logo from, once, instead of sending it: https. */
      logoUrl?: string | null | undefined;
    };
    data: QrCode;
  };
  /** GET /api/v1/qr: List your QR codes. */
  listQr: {
    query: {
      /** From 1; not together with `cursor`. */
      page?: number | undefined;
      perPage?: number | undefined;
      /** `meta.nextCursor` of the page before. */
      cursor?: string | undefined;
      /** Only codes that lead to this link. */
      linkId?: string | undefined;
    };
    data: QrCode[];
    meta: ListMeta;
  };
  /** GET /api/v1/qr/{id}: Get a saved code. */
  getQr: {
    data: QrCode;
  };
  /** PATCH /api/v1/qr/{id}: Change a saved code. */
  changeQr: {
    body: {
      /** For yourself. */
      name?: string | null | undefined;
      /** What the code holds. Not needed with `linkId`, whose tracking URL it then holds. */
      url?: string | null | undefined;
      /** One of your links: the code leads there, and every scan is counted. */
      linkId?: string | null | undefined;
      /** Side of the image in pixels, quiet zone included. Default: 256. */
      size?: number | null | undefined;
      /** Of the modules. Default: `#000000`. */
      foregroundColor?: string | null | undefined;
      /** Has to be lighter, with a contrast of at least 3:1. Default: `#FFFFFF`. */
      backgroundColor?: string | null | undefined;
      /** Percent of a module's side; 50 makes dots. What scanners look for stays square. Default: 0. */
      cornerRadius?: number | null | undefined;
      /** Corners of the three large squares. Default: `square`. */
      eyeStyle?: "square" | "rounded" | null | undefined;
      /** How much may be damaged: 7, 15, 25 or 30 percent. With a logo it is always H. Default: M. */
      errorCorrection?: "L" | "M" | "Q" | "H" | null | undefined;
      /** Default: svg. */
      format?: "svg" | "png" | null | undefined;
      /** Quiet zone in modules, at least 1. Scanners are promised 4, which is the default. */
      margin?: number | null | undefined;
      /** A picture for the middle, as a data URL: PNG, JPEG or SVG, at most 256 kB and 4 million pixels. It is drawn anew as a PNG. */
      logo?: string | null | undefined;
      /** Percent of the code's side that the longer side of the logo takes. Default: 20. */
      logoSize?: number | null | undefined;
      /** Where to fetch the logo from, once, instead of sending it: https. */
      logoUrl?: string | null | undefined;
    };
    data: QrCode;
  };
  /** DELETE /api/v1/qr/{id}: Delete a saved code. */
  deleteQr: {
    data: undefined;
  };
  /** GET /api/v1/qr/{id}/download: Get the image of a saved code. */
  downloadQr: {
    query: {
      /** Default: the code's own. */
      format?: "svg" | "png" | undefined;
    };
    data: Uint8Array;
  };
  /** POST /api/v1/galleries: Make a gallery. */
  createGallery: {
    body: NewGallery;
    data: GalleryWithItems;
  };
  /** GET /api/v1/galleries: List your galleries. */
  listGalleries: {
    query: {
      /** From 1; not together with `cursor`. */
      page?: number | undefined;
      perPage?: number | undefined;
      /** `meta.nextCursor` of the page before. */
      cursor?: string | undefined;
    };
    data: Gallery[];
    meta: ListMeta;
  };
  /** GET /api/v1/galleries/{id}: Get a gallery and its items. */
  getGallery: {
    data: GalleryWithItems;
  };
  /** PATCH /api/v1/galleries/{id}: Change a gallery. */
  changeGallery: {
    body: GalleryChange;
    data: GalleryWithItems;
  };
  /** DELETE /api/v1/galleries/{id}: Delete a gallery and its items. */
  deleteGallery: {
    data: undefined;
  };
  /** POST /api/v1/galleries/{id}/publish: Publish a gallery, or take it down. */
  publishGallery: {
    body: {
      /** false takes it down again. */
      isPublished?: boolean | undefined;
    };
    data: GalleryWithItems;
  };
  /** GET /api/v1/galleries/{id}/preview: Get an address that shows the gallery before it is published. */
  previewGallery: {
    data: {
      /** Shows the gallery as visitors will see it, to whoever has the address. Counts nothing. */
      url: string;
      expiresAt: string;
    };
  };
  /** POST /api/v1/galleries/{id}/items: Put an item on a gallery. */
  createGalleryItem: {
    body: NewGalleryItem;
    data: GalleryItem;
  };
  /** GET /api/v1/galleries/{id}/items: List the items of a gallery. */
  listGalleryItems: {
    query: {
      page?: number | undefined;
      /** All of them where absent. */
      perPage?: number | undefined;
    };
    data: GalleryItem[];
    meta: ListMeta;
  };
  /** PATCH /api/v1/galleries/{id}/items/reorder: Put the items of a gallery in another order. */
  reorderGalleryItems: {
    body: {
      /** Every item of the gallery, once, in the new order. */
      itemIds: string[];
    } | {
      /** Where each of these goes, from 0; the others keep their order in the places that are left. */
      items: Array<{
        id: string;
        position: number;
      }>;
    };
    data: GalleryItem[];
    meta: ListMeta;
  };
  /** PATCH /api/v1/galleries/{id}/items/{itemId}: Change an item. */
  changeGalleryItem: {
    body: GalleryItemChange;
    data: GalleryItem;
  };
  /** DELETE /api/v1/galleries/{id}/items/{itemId}: Take an item off a gallery. */
  deleteGalleryItem: {
    data: undefined;
  };
  /** GET /api/v1/galleries/{id}/stats: Get the statistics of a gallery. */
  getGalleryStats: {
    query: {
      /** The last so many hours or local days, the running one included; `all` by default. Not together with `from` and `to`. */
      period?: "24h" | "7d" | "30d" | "90d" | "all" | undefined;
      /** The first moment: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      from?: string | undefined;
      /** The end: a time is not included any more, a date is: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      to?: string | undefined;
      /** An IANA time zone, such as `Europe/Berlin`: days begin at its midnights. `UTC` by default. */
      tz?: string | undefined;
      /** The steps of `overTime`, at most 10000; weeks begin on Mondays. By default hours for `24h`, else days, or longer steps where those would be too many. */
      interval?: "hour" | "day" | "week" | "month" | undefined;
      /** Whether what does not count (bots, previews, prefetches …) is left out, included, or all there is. Left out by default; included for links with `filterBots: false`. */
      bots?: "exclude" | "include" | "only" | undefined;
      /** Rows of each breakdown; 0: all. */
      limit?: number | undefined;
      /** Also tell the totals of the period before, as long as this one. null for `all`, before which there is nothing. */
      compare?: "previous" | undefined;
      /** Only hits that `byCountry` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      country?: string[] | undefined;
      /** Only hits that `byRegion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      region?: string[] | undefined;
      /** Only hits that `byCity` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      city?: string[] | undefined;
      /** Only hits that `byDevice` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      device?: string[] | undefined;
      /** Only hits that `byBrowser` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browser?: string[] | undefined;
      /** Only hits that `byBrowserVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browserVersion?: string[] | undefined;
      /** Only hits that `byOs` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      os?: string[] | undefined;
      /** Only hits that `byOsVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      osVersion?: string[] | undefined;
      /** Only hits that `byReferrer` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrer?: string[] | undefined;
      /** Only hits that `byReferrerUrl` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrerUrl?: string[] | undefined;
      /** Only hits that `byLanguage` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      language?: string[] | undefined;
      /** Only hits that `byUtmSource` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmSource?: string[] | undefined;
      /** Only hits that `byUtmMedium` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmMedium?: string[] | undefined;
      /** Only hits that `byUtmCampaign` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmCampaign?: string[] | undefined;
      /** Only hits that `byUtmTerm` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmTerm?: string[] | undefined;
      /** Only hits that `byUtmContent` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmContent?: string[] | undefined;
      /** Only hits that `byTarget` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      target?: string[] | undefined;
      /** Only hits that `byQr` shows as this (`none` included). Repeat it for several, of which any will do. */
      qr?: string[] | undefined;
    };
    data: LinkStats;
  };
  /** GET /api/v1/galleries/{id}/items/{itemId}/stats: Get the statistics of an item of a gallery. */
  getGalleryItemStats: {
    query: {
      /** The last so many hours or local days, the running one included; `all` by default. Not together with `from` and `to`. */
      period?: "24h" | "7d" | "30d" | "90d" | "all" | undefined;
      /** The first moment: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      from?: string | undefined;
      /** The end: a time is not included any more, a date is: an ISO 8601 time with an offset, or a date, a day in `tz`. Counted to the quarter-hour. */
      to?: string | undefined;
      /** An IANA time zone, such as `Europe/Berlin`: days begin at its midnights. `UTC` by default. */
      tz?: string | undefined;
      /** The steps of `overTime`, at most 10000; weeks begin on Mondays. By default hours for `24h`, else days, or longer steps where those would be too many. */
      interval?: "hour" | "day" | "week" | "month" | undefined;
      /** Whether what does not count (bots, previews, prefetches …) is left out, included, or all there is. Left out by default; included for links with `filterBots: false`. */
      bots?: "exclude" | "include" | "only" | undefined;
      /** Rows of each breakdown; 0: all. */
      limit?: number | undefined;
      /** Also tell the totals of the period before, as long as this one. null for `all`, before which there is nothing. */
      compare?: "previous" | undefined;
      /** Only hits that `byCountry` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      country?: string[] | undefined;
      /** Only hits that `byRegion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      region?: string[] | undefined;
      /** Only hits that `byCity` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      city?: string[] | undefined;
      /** Only hits that `byDevice` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      device?: string[] | undefined;
      /** Only hits that `byBrowser` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browser?: string[] | undefined;
      /** Only hits that `byBrowserVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      browserVersion?: string[] | undefined;
      /** Only hits that `byOs` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      os?: string[] | undefined;
      /** Only hits that `byOsVersion` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      osVersion?: string[] | undefined;
      /** Only hits that `byReferrer` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrer?: string[] | undefined;
      /** Only hits that `byReferrerUrl` shows as this (`direct` included). Repeat it for several, of which any will do. */
      referrerUrl?: string[] | undefined;
      /** Only hits that `byLanguage` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      language?: string[] | undefined;
      /** Only hits that `byUtmSource` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmSource?: string[] | undefined;
      /** Only hits that `byUtmMedium` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmMedium?: string[] | undefined;
      /** Only hits that `byUtmCampaign` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmCampaign?: string[] | undefined;
      /** Only hits that `byUtmTerm` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmTerm?: string[] | undefined;
      /** Only hits that `byUtmContent` shows as this (`none` included). Repeat it for several, of which any will do. */
      utmContent?: string[] | undefined;
      /** Only hits that `byTarget` shows as this (`unknown` included). Repeat it for several, of which any will do. */
      target?: string[] | undefined;
      /** Only hits that `byQr` shows as this (`none` included). Repeat it for several, of which any will do. */
      qr?: string[] | undefined;
    };
    data: LinkStats;
  };
  /** GET /api/v1/public/galleries/{domain}/{slug}: Get a published gallery as data. */
  getPublicGallery: {
    data: PublicGallery;
  };
  /** GET /api/v1/links/{id}/clicks: List or export the hits of a link. */
  listClicks: {
    query: {
      /** Of JSON; exports have no pages. */
      perPage?: number | undefined;
      /** The id of the last click that you have: what comes after it is sent. */
      cursor?: string | undefined;
      /** Instead of `Accept`. */
      format?: "json" | "csv" | "ndjson" | undefined;
    };
    data: Click[];
    meta: ListMeta;
  };
  /** GET /api/v1/links/{id}/stats/export: Export the roll-ups of a link. */
  exportLinkStats: {
    query: {
      /** `from` of the last row that you have: rows from that time on are sent. */
      cursor?: string | undefined;
      /** Instead of `Accept`. */
      format?: "json" | "csv" | "ndjson" | undefined;
    };
    data: Uint8Array;
  };
  /** GET /api/v1/analytics/export: Export the hits or roll-ups of all links. */
  exportAnalytics: {
    query: {
      /** Hits one by one, or roll-ups. */
      subject?: "clicks" | "stats" | undefined;
      /** As in the exports of a link. */
      cursor?: string | undefined;
      /** Instead of `Accept`. */
      format?: "json" | "csv" | "ndjson" | undefined;
    };
    data: Uint8Array;
  };
  /** GET /api/v1/analytics/live: Hear of hits as they come. */
  listenToClicks: {
    query: {
      /** The id of a link; all of your links where absent. */
      link?: string | undefined;
      /** Instead of the header `Last-Event-ID`: the last event that you have. */
      lastEventId?: string | undefined;
    };
    data: Uint8Array;
  };
  /** POST /api/v1/analytics/reclassify: Apply today's rules to stored hits. */
  reclassifyClicks: {
    body: {
      /** Of this link alone; of all of yours where absent. */
      linkId?: string | undefined;
    };
    data: ClickJob;
  };
  /** GET /api/v1/analytics/reclassify: See how far the last reclassification is. */
  getReclassification: {
    data: ClickJob | null;
  };
  /** POST /api/v1/clicks/erasure: Take one visitor's address out of all stored hits. */
  eraseVisitor: {
    body: {
      /** An IPv4 or IPv6 address, in any spelling. */
      address: string;
    };
    data: ClickJob;
  };
  /** GET /api/v1/clicks/erasure: See how far the last erasure is. */
  getErasure: {
    data: ClickJob | null;
  };
  /** GET /api/v1/me: See whose key this is. */
  getMe: {
    data: {
      user: {
        id: string;
        email: string;
        name: string;
        plan: "free" | "pro" | "business" | "unlimited";
        createdAt: string;
      };
      key: {
        id: string;
        name: string;
        /** null: all of the user's own. */
        scopes: Array<"links:read" | "links:write" | "domains:read" | "domains:write" | "analytics:read" | "webhooks:*" | "galleries:*" | "qr:*" | "admin"> | null;
        expiresAt: string | null;
      };
    };
  };
  /** GET /api/v1/usage: See what is used of the plan. */
  getUsage: {
    data: {
      plan: "free" | "pro" | "business" | "unlimited";
      /** Archived links are not counted. */
      links: {
        used: number;
        /** null: no limit. */
        limit: number | null;
      };
      domains: {
        used: number;
        /** null: no limit. */
        limit: number | null;
      };
      webhooks: {
        used: number;
        /** null: no limit. */
        limit: number | null;
      };
      /** Saved ones. */
      qrCodes: {
        used: number;
        /** null: no limit. */
        limit: number | null;
      };
      galleries: {
        used: number;
        /** null: no limit. */
        limit: number | null;
      };
      apiKeys: {
        used: number;
        /** null: no limit. */
        limit: number | null;
      };
      requestsPerMinute: {
        /** null: no limit. */
        limit: number | null;
      };
    };
  };
  /** POST /api/v1/api-keys: Make an API key. */
  createApiKey: {
    body: {
      name: string;
      scopes?: Array<"links:read" | "links:write" | "domains:read" | "domains:write" | "analytics:read" | "webhooks:*" | "galleries:*" | "qr:*" | "admin"> | null | undefined;
      expiresAt?: string | null | undefined;
      format?: "sp" | "hex" | undefined;
    };
    data: {
      id: string;
      name: string;
      /** The last four characters of its secret, to tell it from others. */
      hint: string;
      /** null: all of the user's own. */
      scopes: Array<"links:read" | "links:write" | "domains:read" | "domains:write" | "analytics:read" | "webhooks:*" | "galleries:*" | "qr:*" | "admin"> | null;
      expiresAt: string | null;
      lastUsedAt: string | null;
      createdAt: string;
      /** The key itself, shown this once; null where a repeated call is answered again. */
      secret: string | null;
    };
  };
  /** GET /api/v1/api-keys: List your API keys. */
  listApiKeys: {
    query: {
      /** From 1; not together with `cursor`. */
      page?: number | undefined;
      perPage?: number | undefined;
      /** `meta.nextCursor` of the page before. */
      cursor?: string | undefined;
    };
    data: ApiKey[];
    meta: ListMeta;
  };
  /** DELETE /api/v1/api-keys/{id}: Revoke an API key. */
  revokeApiKey: {
    data: undefined;
  };
  /** POST /api/v1/webhooks: Make a webhook. */
  createWebhook: {
    body: {
      name: string;
      /** Where to send, by https. */
      url: string;
      /** What to be told of; `*`: everything, whatever is added later included. */
      events: Array<"click" | "link.created" | "link.updated" | "link.deleted" | "domain.verified" | "domain.failing" | "qr.scanned" | "*">;
      /** Sends clicks that come soon after one another in one request, as `click.batch`. null: each by itself. */
      batch?: {
        /** So many clicks are sent together at the most. */
        maxEvents: number;
        /** So long the first of them waits at the most. */
        maxWaitMs: number;
      } | null | undefined;
    };
    data: {
      id: string;
      name: string;
      url: string;
      events: Array<"click" | "link.created" | "link.updated" | "link.deleted" | "domain.verified" | "domain.failing" | "qr.scanned" | "*">;
      batch: {
        maxEvents: number;
        maxWaitMs: number;
      } | null;
      /** Whether anything is sent: false while `status` is `disabled`. */
      isActive: boolean;
      /** `failing` after 10 failures in a row: only the oldest delivery is tried, and its success releases the others. `disabled` after 5 days without a success, after a 410, or by its owner. */
      status: "active" | "failing" | "disabled";
      lastTriggeredAt: string | null;
      /** HTTP status of the last answer; null where there was none. */
      lastStatus: number | null;
      /** Failed tries in a row. */
      failureCount: number;
      createdAt: string;
      updatedAt: string;
      /** What its deliveries are signed with, shown this once; null where a repeated call is answered again. */
      secret: string | null;
    };
  };
  /** GET /api/v1/webhooks: List your webhooks. */
  listWebhooks: {
    query: {
      /** From 1; not together with `cursor`. */
      page?: number | undefined;
      perPage?: number | undefined;
      /** `meta.nextCursor` of the page before. */
      cursor?: string | undefined;
    };
    data: Webhook[];
    meta: ListMeta;
  };
  /** GET /api/v1/webhooks/{id}: Get a webhook. */
  getWebhook: {
    data: Webhook;
  };
  /** PATCH /api/v1/webhooks/{id}: Change a webhook, or switch it off and on. */
  changeWebhook: {
    body: {
      name?: string | undefined;
      /** Where to send, by https. */
      url?: string | undefined;
      /** What to be told of; `*`: everything, whatever is added later included. */
      events?: Array<"click" | "link.created" | "link.updated" | "link.deleted" | "domain.verified" | "domain.failing" | "qr.scanned" | "*"> | undefined;
      /** Sends clicks that come soon after one another in one request, as `click.batch`. null: each by itself. */
      batch?: {
        /** So many clicks are sent together at the most. */
        maxEvents: number;
        /** So long the first of them waits at the most. */
        maxWaitMs: number;
      } | null | undefined;
      /** Switches it off, or on again: what happened meanwhile is kept, and sent where it is replayed. */
      isActive?: boolean | undefined;
    };
    data: Webhook;
  };
  /** DELETE /api/v1/webhooks/{id}: Delete a webhook. */
  deleteWebhook: {
    data: undefined;
  };
  /** POST /api/v1/webhooks/{id}/test: Send a test. */
  testWebhook: {
    data: WebhookTest;
  };
  /** POST /api/v1/webhooks/{id}/rotate-secret: Draw a new secret. */
  rotateWebhookSecret: {
    data: {
      id: string;
      name: string;
      url: string;
      events: Array<"click" | "link.created" | "link.updated" | "link.deleted" | "domain.verified" | "domain.failing" | "qr.scanned" | "*">;
      batch: {
        maxEvents: number;
        maxWaitMs: number;
      } | null;
      /** Whether anything is sent: false while `status` is `disabled`. */
      isActive: boolean;
      /** `failing` after 10 failures in a row: only the oldest delivery is tried, and its success releases the others. `disabled` after 5 days without a success, after a 410, or by its owner. */
      status: "active" | "failing" | "disabled";
      lastTriggeredAt: string | null;
      /** HTTP status of the last answer; null where there was none. */
      lastStatus: number | null;
      /** Failed tries in a row. */
      failureCount: number;
      createdAt: string;
      updatedAt: string;
      /** What its deliveries are signed with, shown this once; null where a repeated call is answered again. */
      secret: string | null;
    };
  };
  /** GET /api/v1/webhooks/{id}/deliveries: List a webhook's deliveries. */
  listWebhookDeliveries: {
    query: {
      /** From 1; not together with `cursor`. */
      page?: number | undefined;
      perPage?: number | undefined;
      /** `meta.nextCursor` of the page before. */
      cursor?: string | undefined;
    };
    data: WebhookDelivery[];
    meta: ListMeta;
  };
  /** POST /api/v1/webhooks/{id}/deliveries/{deliveryId}/replay: Send one delivery again. */
  replayWebhookDelivery: {
    data: WebhookDelivery;
  };
  /** POST /api/v1/webhooks/{id}/replay: Send again what happened in a time. */
  replayWebhookDeliveries: {
    body: {
      /** The earliest time of an event. */
      from: string;
      /** The latest; now where it is absent. */
      to?: string | undefined;
      /** Leaves out what the receiver has got already. */
      onlyFailed?: boolean | undefined;
    };
    data: WebhookReplay;
  };
  /** GET /api/v1/openapi.json: Get this description of the API, below its base. */
  getOpenApiBelowBase: {
    data: {
      openapi: string;
      paths: Record<string, unknown>;
    };
  };
}
