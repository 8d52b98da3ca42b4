// What a person sees who opens a link that does not lead on: unknown, taken down, expired, used up, or the server is busy.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../core/errors.ts';
import { failure } from '../http/answer.ts';
import type { VisitorPages } from '../http/visitor-answers.ts';
import type { GoneReason } from '../links/link.ts';
import { html } from './html.ts';
import { linkPages } from './link-pages.ts';
import { type Page, sendPage } from './page.ts';
import { showPasswordForm } from './password-page.ts';

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

function methodPage(allow: string): Page {
  return {
    status: 405,
    title: 'Not possible here',
    main: html`<h1>This address can only be opened</h1>
      <p>Nothing can be sent to it in this way.</p>`,
    json: failure(new AppError('METHOD_NOT_ALLOWED', `this address takes ${allow}`)).body,
    headers: { Allow: allow },
  };
}

const homePage: Page = {
  status: 200,
  title: 'Signpost',
  main: html`<h1>Signpost</h1>
    <p>This server leads short links to where they point. To follow one, open its whole address.</p>`,
  json: { success: true, data: { name: 'Signpost' } },
};

const gonePages: Readonly<Record<GoneReason, Page>> = {
  archived: gonePage('archived'),
  expired: gonePage('expired'),
  used_up: gonePage('used_up'),
};

/** Ours to explain in general words, theirs in the error's own. */
function failedPage(error: unknown): Page {
  const { status, body, headers = {} } = failure(error);
  const isBusy = status === 429 || status === 503;
  const title = isBusy ? 'Please try again in a moment' : 'That did not work';
  const text = isBusy
    ? 'The server is very busy. Your link is fine.'
    : error instanceof AppError
      ? `The server could not use what was sent: ${error.message}.`
      : 'Something went wrong on our side. Please try again.';
  return {
    status,
    title,
    main: html`<h1>${title}</h1>
      <p>${text}</p>`,
    json: body,
    headers,
  };
}

export const plainPages = {
  home: (request: IncomingMessage, response: ServerResponse): void => sendPage(request, response, homePage),
  methodNotAllowed: (request: IncomingMessage, response: ServerResponse, allow: string): void =>
    sendPage(request, response, methodPage(allow)),
  notFound: (request: IncomingMessage, response: ServerResponse): void => sendPage(request, response, notFoundPage),
};

/** @param shortUrlOf a link's full short URL */
export function visitorPages(shortUrlOf: Parameters<typeof linkPages>[0]): VisitorPages {
  return {
    notFound: plainPages.notFound,
    methodNotAllowed: plainPages.methodNotAllowed,
    gone: (request, response, reason) => sendPage(request, response, gonePages[reason]),
    unavailable: (request, response) => sendPage(request, response, unavailablePage),
    failed: (request, response, error) => sendPage(request, response, failedPage(error)),
    password: showPasswordForm,
    ...linkPages(shortUrlOf),
  };
}
