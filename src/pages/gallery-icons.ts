// The drawings of a gallery: marks of networks, and plain drawings for everything else, inline so that nothing has to be fetched.

import { brandPaths } from './brand-icons.ts';
import { type Html, html } from './html.ts';

/** Drawn with a pen of 2 on a 24 × 24 grid. */
const drawings: Readonly<Record<string, string>> = {
  link: 'M9 15l6-6M11 7l2-2a4.2 4.2 0 0 1 6 6l-2 2M13 17l-2 2a4.2 4.2 0 0 1-6-6l2-2',
  website: 'M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0M3 12h18M12 3c3 3 3.5 6 3.5 9s-.5 6-3.5 9c-3-3-3.5-6-3.5-9s.5-6 3.5-9',
  email: 'M3 6.5h18v12H3zM3.5 7l8.5 6.5L20.5 7',
  phone:
    'M5 3.5h4l1.5 5-2.5 1.8a12 12 0 0 0 5.7 5.7l1.8-2.5 5 1.5v4a1.5 1.5 0 0 1-1.6 1.5A17 17 0 0 1 3.5 5 1.5 1.5 0 0 1 5 3.5',
  calendar: 'M4 6h16v14H4zM4 10.5h16M8 3.5v4M16 3.5v4',
  music:
    'M9 18V5.5l11-2V16M3.5 18a2.75 2.5 0 1 0 5.5 0a2.75 2.5 0 1 0-5.5 0M14.5 16a2.75 2.5 0 1 0 5.5 0a2.75 2.5 0 1 0-5.5 0',
  video: 'M3 6h12v12H3zM15 10.5l6-3.5v10l-6-3.5',
  camera: 'M3 7.5h4.5l1.5-3h6l1.5 3H21V19.5H3zM8.5 13a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0',
  podcast: 'M9 6a3 3 0 0 1 6 0v5a3 3 0 0 1-6 0zM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21M8.5 21h7',
  shop: 'M4 9h16l-1 11.5H5zM8.5 9V7a3.5 3.5 0 0 1 7 0v2',
  cart: 'M2.5 4h3l2.5 11h10.5l2-8H6.5M8 19.5a1 1 0 1 0 2 0a1 1 0 1 0-2 0M16 19.5a1 1 0 1 0 2 0a1 1 0 1 0-2 0',
  ticket: 'M3 6.5h18v4a1.5 1.5 0 0 0 0 3v4H3v-4a1.5 1.5 0 0 0 0-3zM14 7v2M14 11v2M14 15v2',
  book: 'M12 6c-2.5-1.8-5.5-2-9-2v14c3.5 0 6.5.2 9 2 2.5-1.8 5.5-2 9-2V4c-3.5 0-6.5.2-9 2M12 6v14',
  news: 'M4 4h13v16H6a2 2 0 0 1-2-2zM17 9h3.5v9a2 2 0 0 1-3.5 1.5M7.5 8h6M7.5 12h6M7.5 16h4',
  map: 'M12 21.5c-4-4.5-7-8-7-11.5a7 7 0 0 1 14 0c0 3.5-3 7-7 11.5M9.5 10a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0',
  heart: 'M12 20.5C5 15.5 2.5 12 2.5 8.5a4.8 4.8 0 0 1 9.5-1.2a4.8 4.8 0 0 1 9.5 1.2c0 3.5-2.5 7-9.5 12',
  star: 'M12 3l2.8 5.8 6.2.9-4.5 4.4 1.1 6.3-5.6-3-5.6 3 1.1-6.3L3 9.7l6.2-.9z',
  gift: 'M4 11h16v9.5H4zM3 7h18v4H3zM12 7v13.5M12 7c-5 0-5-4-3-4s3 2 3 4c0-2 1-4 3-4s2 4-3 4',
  download: 'M12 3.5v11M7 10l5 5 5-5M4 20h16',
  chat: 'M4 4.5h16v11.5h-9l-5 4v-4H4z',
  file: 'M6 3h8l4.5 4.5V21H6zM14 3v5h4.5',
  code: 'M8 7l-5 5 5 5M16 7l5 5-5 5M13.5 5l-3 14',
  home: 'M3.5 11.5L12 4l8.5 7.5M6 9.5V20h12V9.5M10 20v-5.5h4V20',
  coffee: 'M4 9h13v6a5 5 0 0 1-5 5H9a5 5 0 0 1-5-5zM17 10.5h1.5a2.5 2.5 0 0 1 0 5H17M8 3v3M12.5 3v3',
  play: 'M7 4.5v15l12-7.5z',
};

/** LinkedIn has asked Simple Icons to leave its mark out; two letters on a board say it as well. */
const letters =
  'M4 2h16a2 2 0 0 1 2 2v16a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zM5.4 9.8v8.7h2.9V9.8zM6.85 5.4a1.65 1.65 0 1 0 0 3.3a1.65 1.65 0 1 0 0-3.3zM10.2 9.8v8.7h2.9v-4.4c0-1.3.6-2.1 1.7-2.1s1.5.8 1.5 2.1v4.4h2.9v-4.9c0-2.5-1.2-4-3.4-4-1.3 0-2.2.6-2.8 1.5V9.8z';

const filled = new Map<string, string>(Object.entries(brandPaths));
filled.set('twitter', brandPaths['x'] ?? '');
filled.set('linkedin', letters);
const drawn = new Map<string, string>(Object.entries(drawings));

/** Hidden from screen readers: what it stands for is said beside it. An unknown name is drawn as a plain link. */
export function icon(name: string): Html {
  const path = filled.get(name);
  // The paths are ours, and hold nothing to escape.
  if (path !== undefined)
    return html`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path fill="currentColor" fill-rule="${name === 'linkedin' ? 'evenodd' : 'nonzero'}" d="${path}" />
    </svg>`;
  const lines = drawn.get(name) ?? drawings['link'] ?? '';
  return html`<svg viewBox="1.5 1.5 21 21" aria-hidden="true" focusable="false">
    <path
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      d="${lines}"
    />
  </svg>`;
}
