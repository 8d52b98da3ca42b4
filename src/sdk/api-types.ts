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
  outcome: "redirect" | "password" | "archived" | "expired" | "used_up";
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
    rule: "archived" | "expired" | "used_up" | "password" | "ios" | "android" | "geo" | "device" | "destination";
    decides: boolean;
    why: string;
  }>;
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
  totalClicks: number;
  /** Counted visitors by UTC day, estimated where they are many. */
  uniqueVisitors: number;
  lastClickedAt: string | null;
  /** ISO 3166-1 alpha-2, or `unknown`. */
  byCountry: Array<{
    country: string;
    count: number;
  }>;
  byDevice: Array<{
    device: string;
    count: number;
  }>;
  byBrowser: Array<{
    browser: string;
    count: number;
  }>;
  byOs: Array<{
    os: string;
    count: number;
  }>;
  /** Hosts only; `direct` where there was none. */
  byReferrer: Array<{
    referrer: string;
    count: number;
  }>;
  byLanguage: Array<{
    language: string;
    count: number;
  }>;
  /** Without gaps: days, or the hours of the period `24h`. */
  overTime: Array<{
    date: string;
    count: number;
  }>;
}

export interface LinkVersion {
  /** 1 is the link as it was made. */
  version: number;
  changedAt: string;
  /** The id of the API key that did it; null where none did. */
  changedBy: string | null;
  /** By field, what differs from the version before. Of a password, only whether there is one. */
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
  /** GET /api/v1/links/{id}/stats: Get the statistics of a link. */
  getLinkStats: {
    query: {
      /** The last so many hours or days, the running one included. */
      period?: "24h" | "7d" | "30d" | "90d" | "all" | undefined;
      /** Whether bots, previews and the like are left out, or all there is. */
      bots?: "exclude" | "include" | "only" | undefined;
      /** Rows of each breakdown; 0: all. */
      limit?: number | undefined;
    };
    data: LinkStats;
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
  /** GET /api/v1/openapi.json: Get this description of the API, below its base. */
  getOpenApiBelowBase: {
    data: {
      openapi: string;
      paths: Record<string, unknown>;
    };
  };
}
