// The form that asks for a link's password: plain HTML, nothing of where the link leads, not even its title.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, type ErrorDetail } from '../core/errors.ts';
import { failure } from '../http/answer.ts';
import type { PasswordPrompt } from '../http/visitor-answers.ts';
import { type Html, html } from './html.ts';
import { type Page, sendPage } from './page.ts';

const none = html``;

function duration(seconds: number): string {
  if (seconds < 60) return seconds === 1 ? 'a second' : `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? 'a minute' : `${minutes} minutes`;
}

/** No action: the form goes to the address it was shown at, and takes the visitor's query along. */
function form(alert: string, referrer: string): Html {
  const hasProblem = alert !== '';
  return html`<h1>This link needs a password</h1>
    <p>Whoever gave you the link can tell you the password, too.</p>
    ${hasProblem ? html`<p role="alert" id="problem">${alert}</p>` : none}
    <form method="post">
      <label for="password">Password</label>
      <input
        type="password"
        id="password"
        name="password"
        required
        autofocus
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        ${hasProblem ? html`aria-invalid="true" aria-describedby="problem"` : none}
      />
      <button type="submit">Open the link</button>
      ${referrer === '' ? none : html`<input type="hidden" name="referrer" value="${referrer}" />`}
    </form>`;
}

function unauthorized(message: string): unknown {
  return failure(new AppError('UNAUTHORIZED', message)).body;
}

const emptyPassword: readonly ErrorDetail[] = [{ path: 'password', message: 'password is required' }];

function pageOf({ problem, retryAfterS, referrer }: PasswordPrompt): Page {
  const page = (title: string, alert: string) => ({ title, main: form(alert, referrer), form: 'leading' as const });
  if (problem === 'none') {
    const message = 'this link needs a password: send it in a POST to the same address as {"password": "…"}';
    // An API client must not take this for the link's own content.
    return { ...page('Password needed', ''), status: 200, jsonStatus: 401, json: unauthorized(message) };
  }
  if (problem === 'missing') {
    const error = new AppError('VALIDATION_ERROR', 'password is required', emptyPassword);
    const alert = 'Please type the password first.';
    return { ...page('Password needed', alert), status: 401, jsonStatus: 400, json: failure(error).body };
  }
  if (problem === 'wrong') {
    const alert = 'That is not the password. Please try again.';
    return { ...page('Wrong password', alert), status: 401, json: unauthorized('the password is wrong') };
  }
  const error = new AppError('RATE_LIMITED', `too many wrong passwords; try again in ${retryAfterS} s`);
  return {
    ...page('Too many tries', `There were too many wrong passwords. Please try again in ${duration(retryAfterS)}.`),
    status: 429,
    headers: { 'Retry-After': String(retryAfterS) },
    json: failure(error).body,
  };
}

export function showPasswordForm(request: IncomingMessage, response: ServerResponse, prompt: PasswordPrompt): void {
  sendPage(request, response, pageOf(prompt));
}
