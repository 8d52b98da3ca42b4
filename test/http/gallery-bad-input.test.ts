// What can be wrong with what callers send about galleries and items: the documented error, the field at fault, and nothing half done.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { ApiClient, sendRequest } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

const server = await startServer();
const api = ApiClient.of(server);

interface Made {
  readonly id: string;
}
const make = async (path: string, body: object): Promise<Made> => (await api.post(path, body)).data<Made>();

const gallery = await make('/galleries', { title: 'Ada', slug: 'ada', bio: 'Before', isPublished: true });
await make('/galleries', { title: 'Taken', slug: 'Taken' });
const items = `/galleries/${gallery.id}/items`;
const link = await make(items, { type: 'link', title: 'One', url: 'https://example.com/' });
const header = await make(items, { type: 'header', title: 'Two' });
const elsewhere = await make(`/galleries/${(await make('/galleries', { title: 'Other' })).id}/items`, {
  type: 'divider',
});
const shortLink = await api.createLink();
const known = (await api.get(`/galleries/${gallery.id}`)).text;
const total = (await api.get('/galleries')).meta.total;

type Place = 'new' | 'gallery' | 'item' | 'change' | 'reorder' | 'publish';
const places: Readonly<Record<Place, readonly [method: string, path: string]>> = {
  new: ['POST', '/galleries'],
  gallery: ['PATCH', `/galleries/${gallery.id}`],
  item: ['POST', items],
  change: ['PATCH', `${items}/${link.id}`],
  reorder: ['PATCH', `${items}/reorder`],
  publish: ['POST', `/galleries/${gallery.id}/publish`],
};

const long = (length: number): string => 'ä'.repeat(length);
const to = (url: string) => ({ type: 'link', title: 'x', url });
const css = (customCss: unknown) => ({ customCss });
const look = (themeConfig: unknown) => ({ theme: 'custom', themeConfig });
const social = (socialLinks: unknown) => ({ socialLinks });

const invalid = 'VALIDATION_ERROR';
const cases: [place: Place, name: string, body: unknown, field: string, code?: string, status?: number][] = [
  ['new', 'no title', {}, 'title'],
  ['new', 'an empty title', { title: '' }, 'title'],
  ['new', 'a title of null', { title: null }, 'title'],
  ['new', 'a title that is a number', { title: 1 }, 'title'],
  ['new', 'a title of 101 characters', { title: long(101) }, 'title'],
  ['new', 'a title of two lines', { title: 'a\nb' }, 'title'],
  ['new', 'a title with NUL', { title: 'a\0' }, 'title'],
  ['new', 'a title with half a surrogate pair', { title: 'a\ud83d' }, 'title'],
  ['new', 'a list', [], ''],
  ['new', 'an unknown field', { title: 'x', titel: 'x' }, 'titel'],
  ['new', 'a prototype', JSON.parse('{"title":"x","__proto__":{"isPublished":true}}'), '__proto__'],
  ['new', 'an id', { title: 'x', id: 'gal_1' }, 'id'],
  ['new', 'a slug with a slash', { title: 'x', slug: 'a/b' }, 'slug'],
  ['new', 'an empty slug', { title: 'x', slug: '' }, 'slug'],
  ['new', 'a slug of 101 characters', { title: 'x', slug: 'a'.repeat(101) }, 'slug'],
  ['new', 'a slug that is reserved', { title: 'x', slug: 'Admin' }, 'slug', 'SLUG_RESERVED'],
  ['new', 'a slug that is taken', { title: 'x', slug: 'ada' }, 'slug', 'SLUG_EXISTS', 409],
  ['new', 'a slug that is taken in other case', { title: 'x', slug: 'ADA' }, 'slug', 'SLUG_EXISTS', 409],
  ['new', 'a domain that is nobody’s', { title: 'x', domain: 'nowhere.example' }, 'domain'],
  ['new', 'a domain that is a list', { title: 'x', domain: ['a'] }, 'domain'],
  ['new', 'an unknown theme', { title: 'x', theme: 'Neon' }, 'theme'],
  ['new', 'isPublished as text', { title: 'x', isPublished: 'true' }, 'isPublished'],
  ['gallery', 'a title of null', { title: null }, 'title'],
  ['gallery', 'a slug of null', { slug: null }, 'slug'],
  ['gallery', 'another one’s slug', { slug: 'tAKEN' }, 'slug', 'SLUG_EXISTS', 409],
  ['gallery', 'a bio of 501 characters', { bio: long(501) }, 'bio'],
  ['gallery', 'a bio with an escape character', { bio: 'a\u001b[31m' }, 'bio'],
  ['gallery', 'an avatar that is a script', { avatarUrl: 'javascript:alert(1)' }, 'avatarUrl', 'INVALID_URL'],
  ['gallery', 'an avatar as data', { avatarUrl: 'data:image/png;base64,AAAA' }, 'avatarUrl', 'INVALID_URL'],
  ['gallery', 'an avatar without a host', { avatarUrl: '/me.png' }, 'avatarUrl', 'INVALID_URL'],
  ['gallery', 'an avatar with a password', { avatarUrl: 'https://a:b@example.com/' }, 'avatarUrl', 'INVALID_URL'],
  ['gallery', 'a seoTitle of 101 characters', { seoTitle: long(101) }, 'seoTitle'],
  ['gallery', 'a seoDescription of 301 characters', { seoDescription: long(301) }, 'seoDescription'],
  [
    'gallery',
    'a platform that nobody knows',
    social([{ platform: 'myspace', url: 'https://a.example/' }]),
    'socialLinks.0.platform',
  ],
  [
    'gallery',
    'a platform from the prototype',
    social([{ platform: 'toString', url: 'https://a.example/' }]),
    'socialLinks.0.platform',
  ],
  ['gallery', 'a profile without an address', social([{ platform: 'x' }]), 'socialLinks.0.url'],
  [
    'gallery',
    'a profile that is a script',
    social([{ platform: 'x', url: 'javascript:alert(1)' }]),
    'socialLinks.0.url',
    'INVALID_URL',
  ],
  [
    'gallery',
    'a profile with more to it',
    social([{ platform: 'x', url: 'https://a.example/', label: 'a' }]),
    'socialLinks.0.label',
  ],
  [
    'gallery',
    '51 profiles',
    social(Array.from({ length: 51 }, () => ({ platform: 'x', url: 'https://a.example/' }))),
    'socialLinks',
  ],
  ['gallery', 'profiles that are no list', social({ platform: 'x' }), 'socialLinks'],
  ['gallery', 'a style sheet of more than 32 kB', css(`a{}${' '.repeat(32 * 1024)}`), 'customCss'],
  ['gallery', 'a style sheet of more than 32 kB in UTF-8', css(`a{content:"${'ä'.repeat(17_000)}"}`), 'customCss'],
  ['gallery', 'a style sheet with NUL', css('a{}\0'), 'customCss'],
  ['gallery', 'a style sheet that is too deep', css('@media x{'.repeat(3_600)), 'customCss'],
  ['gallery', 'a style sheet that is an object', css({}), 'customCss'],
  ['gallery', 'a look that is text', look('dark'), 'themeConfig'],
  ['gallery', 'a colour by name', look({ textColor: 'red' }), 'themeConfig.textColor'],
  ['gallery', 'a colour that ends the rule', look({ textColor: '#fff;}' }), 'themeConfig.textColor'],
  ['gallery', 'a colour of three digits', look({ backgroundColor: '#fff' }), 'themeConfig.backgroundColor'],
  [
    'gallery',
    'text that cannot be read',
    look({ backgroundColor: '#ffffff', textColor: '#bbbbbb' }),
    'themeConfig.textColor',
  ],
  [
    'gallery',
    'text that cannot be read where the background ends',
    look({ backgroundColor: '#ffffff', backgroundEndColor: '#222222', textColor: '#111111' }),
    'themeConfig.textColor',
  ],
  [
    'gallery',
    'buttons that cannot be read',
    look({ buttonColor: '#ffcc00', buttonTextColor: '#ffffff' }),
    'themeConfig.buttonTextColor',
  ],
  ['gallery', 'corners that are too round', look({ borderRadius: 41 }), 'themeConfig.borderRadius'],
  ['gallery', 'half a pixel', look({ borderRadius: 0.5 }), 'themeConfig.borderRadius'],
  ['gallery', 'a font of their own', look({ fontFamily: 'Comic Sans' }), 'themeConfig.fontFamily'],
  ['gallery', 'an unknown part of a look', look({ colour: '#000000' }), 'themeConfig.colour'],
  ['item', 'no type', { title: 'x' }, 'type'],
  ['item', 'an unknown type', { type: 'video' }, 'type'],
  ['item', 'a link without a title', { type: 'link', url: 'https://example.com/' }, 'title'],
  ['item', 'a link with a blank title', { type: 'link', title: ' ', url: 'https://example.com/' }, 'title'],
  ['item', 'a link without an address', { type: 'link', title: 'x' }, 'url'],
  ['item', 'a header without a title', { type: 'header' }, 'title'],
  ['item', 'an image without a picture', { type: 'image' }, 'thumbnailUrl'],
  ['item', 'an embed without its type', { type: 'embed', embedData: { videoId: 'aqz-KE-bpKQ' } }, 'embedType'],
  ['item', 'an embed without a video', { type: 'embed', embedType: 'youtube' }, 'embedData'],
  [
    'item',
    'an embed of another site',
    { type: 'embed', embedType: 'vimeo', embedData: { videoId: 'aqz-KE-bpKQ' } },
    'embedType',
  ],
  [
    'item',
    'a video that is an address',
    { type: 'embed', embedType: 'youtube', embedData: { videoId: '../../evil?a' } },
    'embedData.videoId',
  ],
  [
    'item',
    'a video with more to it',
    { type: 'embed', embedType: 'youtube', embedData: { videoId: 'aqz-KE-bpKQ', html: '<b>' } },
    'embedData.html',
  ],
  ['item', 'an address that is a script', to('javascript:alert(1)'), 'url', 'INVALID_URL'],
  ['item', 'an address that is data', to('data:text/html,x'), 'url', 'INVALID_URL'],
  ['item', 'a relative address', to('/somewhere'), 'url', 'INVALID_URL'],
  ['item', 'an address of more than 8,192 bytes', to(`https://example.com/${'a'.repeat(8_200)}`), 'url', 'INVALID_URL'],
  ['item', 'an item of a gallery as the address', to(`${server.address}/bio/ada/${link.id}`), 'url', 'INVALID_URL'],
  ['item', 'an address and a link', { ...to('https://example.com/'), linkId: shortLink.id }, 'linkId'],
  ['item', 'a link that is nobody’s', { type: 'link', title: 'x', linkId: 'lnk_nothing' }, 'linkId'],
  ['item', 'an icon with a path', { ...to('https://example.com/'), iconName: '../x' }, 'iconName'],
  [
    'item',
    'a time without a zone',
    { ...to('https://example.com/'), visibleFrom: '2030-01-01T00:00:00' },
    'visibleFrom',
  ],
  [
    'item',
    'a day that does not exist',
    { ...to('https://example.com/'), visibleUntil: '2030-02-30T00:00:00Z' },
    'visibleUntil',
  ],
  [
    'item',
    'an end before the start',
    { ...to('https://example.com/'), visibleFrom: '2030-01-02T00:00:00Z', visibleUntil: '2030-01-01T00:00:00Z' },
    'visibleUntil',
  ],
  ['item', 'a place before the first', { type: 'divider', position: -1 }, 'position'],
  ['item', 'a place that there never is', { type: 'divider', position: 100 }, 'position'],
  ['item', 'a count', { type: 'divider', clickCount: 9 }, 'clickCount'],
  ['change', 'a link that loses its title', { title: null }, 'title'],
  ['change', 'a link that loses its address', { url: null }, 'url'],
  ['change', 'a link that becomes an embed of nothing', { type: 'embed' }, 'embedType'],
  ['change', 'a type of null', { type: null }, 'type'],
  [
    'change',
    'an end before the start',
    { visibleFrom: '2030-01-02T00:00:00Z', visibleUntil: '2030-01-02T00:00:00Z' },
    'visibleUntil',
  ],
  ['change', 'another user’s or no link', { linkId: 'lnk_4fQmT2xVb9KcR7aE' }, 'linkId'],
  ['reorder', 'nothing', {}, 'itemIds'],
  ['reorder', 'a list', [], ''],
  ['reorder', 'ids that are no list', { itemIds: link.id }, 'itemIds'],
  ['reorder', 'a missing id', { itemIds: [link.id] }, 'itemIds'],
  ['reorder', 'no ids', { itemIds: [] }, 'itemIds'],
  ['reorder', 'an id twice', { itemIds: [link.id, header.id, link.id] }, 'itemIds.2'],
  ['reorder', 'another gallery’s item', { itemIds: [link.id, header.id, elsewhere.id] }, 'itemIds.2'],
  ['reorder', 'an id from the prototype', { itemIds: [link.id, header.id, '__proto__'] }, 'itemIds.2'],
  ['reorder', '101 ids', { itemIds: Array.from({ length: 101 }, () => link.id) }, 'itemIds'],
  ['reorder', 'both forms at once', { itemIds: [link.id, header.id], items: [] }, 'itemIds'],
  [
    'reorder',
    'a place twice',
    {
      items: [
        { id: link.id, position: 1 },
        { id: header.id, position: 1 },
      ],
    },
    'items.1.position',
  ],
  [
    'reorder',
    'an item in two places',
    {
      items: [
        { id: link.id, position: 0 },
        { id: link.id, position: 1 },
      ],
    },
    'items.1.id',
  ],
  ['reorder', 'a place past the end', { items: [{ id: link.id, position: 2 }] }, 'items.0.position'],
  ['reorder', 'another gallery’s item in a place', { items: [{ id: elsewhere.id, position: 0 }] }, 'items.0.id'],
  ['reorder', 'an item without a place', { items: [{ id: link.id }] }, 'items.0.position'],
  ['publish', 'isPublished as text', { isPublished: 'no' }, 'isPublished'],
  ['publish', 'isPublished of null', { isPublished: null }, 'isPublished'],
  ['publish', 'an unknown field', { published: false }, 'published'],
  ['publish', 'a list', [true], ''],
];

describe('bad input of galleries', () => {
  it('is tried in many ways', () => assert.ok(cases.length >= 100, String(cases.length)));

  for (const [place, name, body, field, code = invalid, status = 400] of cases) {
    it(`${place}: ${name}`, async () => {
      const answer = await api.send(...places[place], body);
      assert.deepEqual([answer.status, answer.error.code], [status, code], answer.text);
      const { details = [] } = answer.error;
      assert.ok(
        details.some(({ path, message }) => path === field && message !== ''),
        answer.text,
      );
    });
  }

  const paths: [name: string, path: string][] = [
    ['an unknown gallery', '/galleries/gal_nothing'],
    ['a gallery’s id in another case', `/galleries/${gallery.id.toUpperCase()}`],
    ['an item of no gallery', `/galleries/gal_nothing/items/${link.id}/stats`],
    ['an item of another gallery', `${items}/${elsewhere.id}/stats`],
    ['an unknown domain', '/public/galleries/nowhere.example/ada'],
    ['an unknown slug', '/public/galleries/127.0.0.1/nobody'],
    ['a slug of bytes that are no UTF-8', '/public/galleries/127.0.0.1/%ff'],
    ['a slug of NUL', '/public/galleries/127.0.0.1/%00'],
    ['one that is not published', '/public/galleries/127.0.0.1/taken'],
  ];
  for (const [name, path] of paths) {
    it(`finds nothing at ${name}`, async () => {
      const answer = await api.get(path);
      assert.deepEqual([answer.status, answer.error.code], [404, 'NOT_FOUND'], answer.text);
    });
  }

  it('refuses a query that a list does not have', async () => {
    for (const question of ['page=0', 'perPage=101', 'sort=title', 'page=1&page=2']) {
      for (const path of ['/galleries', items]) {
        const answer = await api.get(`${path}?${question}`);
        assert.deepEqual([answer.status, answer.error.code], [400, invalid], `${path}?${question}`);
      }
    }
  });

  it('is told which methods an address takes', async () => {
    for (const [path, allow] of [
      ['/galleries', 'POST, GET, HEAD'],
      [`/galleries/${gallery.id}`, 'GET, HEAD, PATCH, DELETE'],
      [`/galleries/${gallery.id}/publish`, 'POST'],
      [`${items}/reorder`, 'PATCH'],
      [`${items}/x`, 'PATCH, DELETE'],
    ] as const) {
      const answer = await api.send('PUT', path, {});
      assert.deepEqual([answer.status, answer.headers.allow], [405, allow], path);
    }
    const page = await sendRequest(server.address, { method: 'DELETE', path: '/bio/ada' });
    assert.deepEqual([page.status, page.headers.allow], [405, 'GET, HEAD']);
  });

  it('changes nothing', async () => {
    assert.equal((await api.get(`/galleries/${gallery.id}`)).text, known);
    assert.equal((await api.get('/galleries')).meta.total, total);
    assert.doesNotMatch(server.stderr(), /"level":"(?:error|fatal)"/);
  });
});
