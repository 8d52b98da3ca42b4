// Twenty browsers with all the headers that each sends when someone follows a link, most frequent first, and the languages
// and pages that their users come with.

export type Header = readonly [name: string, value: string];

/** Headers in the browser's own order; `referer` and `language` stand where it puts those two, when it sends them. */
export interface Browser {
  readonly headers: readonly (Header | 'referer' | 'language')[];
}

const kit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const chromiumAccept =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7';
const plainAccept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

function chromium(userAgent: string, brand: string, platform: string, extra: readonly Header[] = []): Browser {
  const isMobile = userAgent.includes(' Mobile ');
  return {
    headers: [
      ['Connection', 'keep-alive'],
      ['sec-ch-ua', `"${brand}";v="141", "Not?A_Brand";v="8", "Chromium";v="141"`],
      ['sec-ch-ua-mobile', isMobile ? '?1' : '?0'],
      ['sec-ch-ua-platform', `"${platform}"`],
      ['Upgrade-Insecure-Requests', '1'],
      ['User-Agent', userAgent],
      ['Accept', chromiumAccept],
      ...extra,
      ['Sec-Fetch-Site', 'cross-site'],
      ['Sec-Fetch-Mode', 'navigate'],
      ['Sec-Fetch-User', '?1'],
      ['Sec-Fetch-Dest', 'document'],
      'referer',
      ['Accept-Encoding', 'gzip, deflate, br, zstd'],
      'language',
    ],
  };
}

function firefox(system: string, version: string): Browser {
  return {
    headers: [
      ['User-Agent', `Mozilla/5.0 (${system}; rv:${version}) Gecko/20100101 Firefox/${version}`],
      ['Accept', plainAccept],
      'language',
      ['Accept-Encoding', 'gzip, deflate, br, zstd'],
      'referer',
      ['Connection', 'keep-alive'],
      ['Upgrade-Insecure-Requests', '1'],
      ['Sec-Fetch-Dest', 'document'],
      ['Sec-Fetch-Mode', 'navigate'],
      ['Sec-Fetch-Site', 'cross-site'],
      ['Priority', 'u=0, i'],
    ],
  };
}

/** Safari, and everything on iOS, where all browsers are Safari inside. */
function webkit(userAgent: string): Browser {
  return {
    headers: [
      ['Sec-Fetch-Dest', 'document'],
      ['User-Agent', userAgent],
      ['Upgrade-Insecure-Requests', '1'],
      ['Accept', plainAccept],
      ['Sec-Fetch-Site', 'cross-site'],
      ['Sec-Fetch-Mode', 'navigate'],
      'referer',
      'language',
      ['Priority', 'u=0, i'],
      ['Accept-Encoding', 'gzip, deflate'],
      ['Connection', 'keep-alive'],
    ],
  };
}

const windows = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${kit} Chrome/141.0.0.0 Safari/537.36`;
const macintosh = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';
const android = `Mozilla/5.0 (Linux; Android 10; K) ${kit}`;
const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';

export const browsers: readonly Browser[] = [
  chromium(`${android} Chrome/141.0.0.0 Mobile Safari/537.36`, 'Google Chrome', 'Android'),
  webkit(`${iphone} Version/18.6 Mobile/15E148 Safari/604.1`),
  chromium(windows, 'Google Chrome', 'Windows'),
  webkit(
    `${iphone} Mobile/15E148 Instagram 395.0.0.31.101 (iPhone15,4; iOS 18_6_2; en_US; en; scale=3.00; 1179x2556; 1)`,
  ),
  chromium(
    `Mozilla/5.0 (Linux; Android 15; SM-S921B Build/AP3A.240905.015; wv) ${kit} Version/4.0 Chrome/141.0.7390.70 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/530.0.0.47.74;]`,
    'Android WebView',
    'Android',
    [['X-Requested-With', 'com.facebook.katana']],
  ),
  chromium(`${macintosh} ${kit} Chrome/141.0.0.0 Safari/537.36`, 'Google Chrome', 'macOS'),
  webkit(`${macintosh} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15`),
  chromium(`${windows} Edg/141.0.0.0`, 'Microsoft Edge', 'Windows'),
  chromium(`${android} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`, 'Samsung Internet', 'Android'),
  firefox('Windows NT 10.0; Win64; x64', '143.0'),
  webkit(`${iphone} CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1`),
  webkit(`${iphone} GSA/388.0.811331708 Mobile/15E148 Safari/604.1`),
  firefox('X11; Linux x86_64', '143.0'),
  chromium(`Mozilla/5.0 (X11; Linux x86_64) ${kit} Chrome/141.0.0.0 Safari/537.36`, 'Google Chrome', 'Linux'),
  chromium(`${windows} OPR/122.0.0.0`, 'Opera', 'Windows'),
  firefox('Macintosh; Intel Mac OS X 10.15', '143.0'),
  webkit(
    'Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  ),
  firefox('Android 15; Mobile', '143.0'),
  chromium(`${android} Chrome/141.0.0.0 Mobile Safari/537.36 EdgA/141.0.0.0`, 'Microsoft Edge', 'Android'),
  chromium(
    `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${kit} Chrome/141.0.0.0 Safari/537.36`,
    'Google Chrome',
    'Chrome OS',
  ),
];

/** Accept-Language, most frequent first. */
export const languages: readonly string[] = [
  'en-US,en;q=0.9',
  'de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7',
  'es-ES,es;q=0.9,en;q=0.8',
  'fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7',
  'en-GB,en;q=0.9',
  'pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7',
  'ja,en-US;q=0.9,en;q=0.8',
  'it-IT,it;q=0.9,en;q=0.8',
  'ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7',
  'zh-CN,zh;q=0.9,en;q=0.8',
  'nl-NL,nl;q=0.9,en;q=0.8',
  'pl-PL,pl;q=0.9,en-US;q=0.8,en;q=0.7',
  'tr-TR,tr;q=0.9,en;q=0.8',
  'ko-KR,ko;q=0.9,en-US;q=0.8',
  'sv-SE,sv;q=0.9,en-US;q=0.8,en;q=0.7',
];

/** Referer, most frequent first; '' where there is none, as in mails, messengers and QR codes. */
export const referrers: readonly string[] = [
  '',
  'https://www.google.com/',
  'https://www.facebook.com/',
  'https://l.instagram.com/',
  'https://t.co/Zx81kQpR2a',
  'https://www.linkedin.com/',
  'https://www.reddit.com/',
  'https://www.youtube.com/',
  'https://news.ycombinator.com/',
  'https://www.bing.com/',
  'https://duckduckgo.com/',
  'https://out.reddit.com/',
  'https://lm.facebook.com/',
  'android-app://com.google.android.gm/',
  'https://web.whatsapp.com/',
  'https://www.pinterest.com/',
  'https://mail.google.com/',
  'https://bsky.app/',
  'https://mastodon.social/',
  'https://github.com/',
  'https://medium.com/',
  'https://newsletter.example.org/issues/2026/11/the-week-in-links?edition=14',
  'https://shop.example.net/products/42?colour=blue&size=m',
  'https://www.example.de/nachrichten/artikel/kurze-links.html',
  'https://blog.example.fr/2026/05/liens-courts/',
  'https://yandex.ru/',
  'https://www.baidu.com/link?url=Yk3',
  'https://search.yahoo.com/',
  'https://discord.com/',
  'https://teams.microsoft.com/',
];
