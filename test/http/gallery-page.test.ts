// The page that visitors get of a gallery, as bytes: what it says to machines, what it may fetch, and what its owner cannot put into it.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApiClient, personsBrowser, sendRequest } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

interface GalleryObject {
  readonly id: string;
  readonly url: string;
  readonly customCss: string | null;
}

let server: ServerProcess;
let client: ApiClient;
before(async () => {
  server = await startServer();
  client = ApiClient.of(server);
});

const visit = (path: string) => sendRequest(server.address, { path, headers: { 'user-agent': personsBrowser } });
const get = async (id: string): Promise<GalleryObject> => (await client.get(`/galleries/${id}`)).data();

async function newGallery(fields: Record<string, unknown>): Promise<GalleryObject> {
  const answer = await client.post('/galleries', { title: 'Ada', isPublished: true, ...fields });
  assert.equal(answer.status, 201, answer.text);
  return answer.data<GalleryObject>();
}

const everyField = {
  title: 'Ada Lovelace',
  bio: 'Numbers,\nengines and poetry.',
  avatarUrl: 'https://example.com/ada.jpg',
  customCss: '.item { color: red }',
  socialLinks: [{ platform: 'mastodon', url: 'https://social.example/@ada' }],
  seoTitle: 'Ada on the engine',
  seoDescription: 'All of it.',
};

describe('the page', () => {
  it('says who it is to machines', async () => {
    const { url } = await newGallery({ ...everyField, slug: 'machines' });
    const { text, headers } = await visit('/bio/machines');
    for (const part of [
      '<title>Ada on the engine</title>',
      '<meta name="description" content="All of it." />',
      `<link rel="canonical" href="${url}" />`,
      '<meta property="og:title" content="Ada on the engine" />',
      '<meta property="og:description" content="All of it." />',
      '<meta property="og:image" content="https://example.com/ada.jpg" />',
      `<meta property="og:url" content="${url}" />`,
      'rel="me noopener" href="https://social.example/@ada"',
    ])
      assert.ok(text.includes(part), part);
    assert.doesNotMatch(text, /noindex|<script|\son\w+=/);
    assert.equal(headers['x-robots-tag'], undefined);
  });

  it('allows its pictures and its style, and nothing else', async () => {
    const { id } = await newGallery({
      ...everyField,
      slug: 'strict',
      avatarUrl: 'https://pictures.example:8443/a.png',
    });
    const policy = async () => String((await visit('/bio/strict')).headers['content-security-policy']);
    assert.match(
      await policy(),
      /^default-src 'none'; style-src 'sha256-[\w+/=]+' 'self'; img-src 'self' https:\/\/pictures\.example:8443 data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    await client.patch(`/galleries/${id}`, { customCss: null, avatarUrl: null });
    assert.match(
      await policy(),
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    assert.equal((await visit('/bio/strict/style.css')).status, 404);
  });

  it('shows what its owner wrote as text, whatever it is', async () => {
    const nasty = '"><script>alert(1)</script><!--';
    const { id } = await newGallery({ slug: 'nasty', title: nasty, bio: nasty, seoTitle: nasty, isPublished: true });
    await client.post(`/galleries/${id}/items`, { type: 'header', title: nasty });
    await client.post(`/galleries/${id}/items`, { type: 'link', title: nasty, url: `https://example.com/?${nasty}` });
    const { text } = await visit('/bio/nasty');
    assert.doesNotMatch(text, /<script|<!--/);
    assert.equal(text.split('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;!--').length, 9);
  });

  it('has its owner’s style in a file of its own, without what would fetch from elsewhere', async () => {
    const customCss =
      '@import "https://evil.example/x.css"; .item { background: url(https://evil.example/x.png); color: red } h1 { background: url(/own.png) }';
    const { id } = await newGallery({ slug: 'styled', customCss, isPublished: true });
    const { text, headers } = await visit('/bio/styled/style.css');
    assert.equal(text, '.item{color:red}h1{background:url(/own.png)}');
    assert.equal(headers['content-type'], 'text/css; charset=utf-8');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal((await get(id)).customCss, customCss);
    assert.match(
      (await visit('/bio/styled')).text,
      /<link rel="stylesheet" href="\/bio\/styled\/style\.css\?v=\w+" \/>/,
    );
  });
});
