// What a person sees who opens a link that does not lead on: unknown, taken down, expired, used up, or the server is busy.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../core/errors.ts';
import { failure } from '../http/answer.ts';
import type { GoneReason } from '../links/link.ts';
import { html } from './html.ts';
import { type Page, sendPage } from './page.ts';

const notFoundPage: Page = {
  status: 404,
  title: 'No such link',
  main: html`<h1>There is no such link</h1>
    <p>Please check the address for a typing mistake. Capital and small letters can make a difference.</p>`,
  json: failure(new AppError('NOT_FOUND', 'there is no such link')).body,
};

const goneTexts: Readonly<Record<GoneReason, { title: string; text: string }>> = {
  archived: { title: 'This link was taken down', text: 'Whoever made it has switched it off.' },
  expired: { title: 'This link has expired', text: 'It was only meant to work for some time.' },
  used_up: { title: 'This link has been used up', text: 'It was only meant to be opened a certain number of times.' },
};

function gonePage(reason: GoneReason): Page {
  const { title, text } = goneTexts[reason];
  return {
    status: 410,
    title,
    main: html`<h1>${title}</h1>
      <p>${text} If you still need what it led to, please ask the person you have it from.</p>`,
    json: { success: false, error: { code: 'GONE', message: title, reason } },
  };
}

const unavailablePage: Page = {
  status: 503,
  title: 'Please try again',
  main: html`<h1>Please try again in a moment</h1>
    <p>The server is very busy. Your link is fine.</p>`,
  json: failure(new AppError('UNAVAILABLE', 'the server is busy; try again')).body,
  headers: { 'Retry-After': '1' },
};

const methodPage: Page = {
  status: 405,
  title: 'Not possible here',
  main: html`<h1>This is a short link</h1>
    <p>It can only be opened.</p>`,
  json: failure(new AppError('METHOD_NOT_ALLOWED', 'a short link takes GET, HEAD')).body,
  headers: { Allow: 'GET, HEAD' },
};

const homePage: Page = {
  status: 200,
  title: 'Signpost',
  main: html`<h1>Signpost</h1>
    <p>This server leads short links to where they point.</p>`,
  json: { success: true, data: { name: 'Signpost' } },
};

const gonePages: Readonly<Record<GoneReason, Page>> = {
  archived: gonePage('archived'),
  expired: gonePage('expired'),
  used_up: gonePage('used_up'),
};

export const visitorPages = {
  home: (request: IncomingMessage, response: ServerResponse): void => sendPage(request, response, homePage),
  notFound: (request: IncomingMessage, response: ServerResponse): void => sendPage(request, response, notFoundPage),
  gone: (request: IncomingMessage, response: ServerResponse, reason: GoneReason): void =>
    sendPage(request, response, gonePages[reason]),
  unavailable: (request: IncomingMessage, response: ServerResponse): void =>
    sendPage(request, response, unavailablePage),
  methodNotAllowed: (request: IncomingMessage, response: ServerResponse): void =>
    sendPage(request, response, methodPage),
};
