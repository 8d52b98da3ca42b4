// The networks that a gallery can name, and how each is called. Icons are drawn by the pages; any address may stand with any of them.

/** Key as in the API → name as people know it. */
export const socialPlatforms = {
  website: 'Website',
  email: 'E-mail',
  phone: 'Phone',
  rss: 'RSS feed',
  instagram: 'Instagram',
  tiktok: 'TikTok',
  youtube: 'YouTube',
  x: 'X',
  twitter: 'Twitter',
  facebook: 'Facebook',
  threads: 'Threads',
  linkedin: 'LinkedIn',
  mastodon: 'Mastodon',
  bluesky: 'Bluesky',
  pixelfed: 'Pixelfed',
  peertube: 'PeerTube',
  github: 'GitHub',
  gitlab: 'GitLab',
  codeberg: 'Codeberg',
  stackoverflow: 'Stack Overflow',
  whatsapp: 'WhatsApp',
  telegram: 'Telegram',
  signal: 'Signal',
  matrix: 'Matrix',
  discord: 'Discord',
  reddit: 'Reddit',
  pinterest: 'Pinterest',
  snapchat: 'Snapchat',
  tumblr: 'Tumblr',
  twitch: 'Twitch',
  vimeo: 'Vimeo',
  spotify: 'Spotify',
  applemusic: 'Apple Music',
  soundcloud: 'SoundCloud',
  bandcamp: 'Bandcamp',
  patreon: 'Patreon',
  kofi: 'Ko-fi',
  substack: 'Substack',
  medium: 'Medium',
  dribbble: 'Dribbble',
  behance: 'Behance',
  etsy: 'Etsy',
  goodreads: 'Goodreads',
  strava: 'Strava',
} as const;

export type SocialPlatform = keyof typeof socialPlatforms;
export const platformNames = Object.keys(socialPlatforms) as [SocialPlatform, ...SocialPlatform[]];

export function platformLabel(platform: string): string {
  return Object.hasOwn(socialPlatforms, platform) ? socialPlatforms[platform as SocialPlatform] : platform;
}
