// A page of a list as Laravel makes it, which UrlGo.in is built with.

import type { FieldMessages } from './urlgo-speech.ts';

const defaultPerPage = 10;
const maxPerPage = 100;
/** A page number costs the rows before it. */
const maxPage = 1_000_000;

export interface AskedPage {
  readonly page: number;
  readonly perPage: number;
  /** Whether the size was asked for: then the addresses of other pages ask for it, too. */
  readonly hasSize: boolean;
}

function messagesOf(name: string, values: readonly string[], max: number): string[] {
  if (values.length > 1) return [`The ${name} may be given only once.`];
  const [value] = values;
  if (value === undefined) return [];
  if (!/^-?\d{1,15}$/.test(value)) return [`The ${name} must be an integer.`];
  if (Number(value) < 1) return [`The ${name} must be at least 1.`];
  return Number(value) > max ? [`The ${name} may not be greater than ${max}.`] : [];
}

/** Which page is asked for, or everything that is wrong with the question. */
export function parsePage(query: URLSearchParams): AskedPage | { readonly messages: FieldMessages } {
  const given = (name: string): string[] => query.getAll(name).filter((value) => value !== '');
  const all: [string, string[]][] = [
    ['per_page', messagesOf('per page', given('per_page'), maxPerPage)],
    ['page', messagesOf('page', given('page'), maxPage)],
  ];
  const messages = Object.fromEntries(all.filter(([, found]) => found.length > 0));
  if (Object.keys(messages).length > 0) return { messages };
  const [perPage] = given('per_page');
  return {
    page: Number(given('page')[0] ?? 1),
    perPage: Number(perPage ?? defaultPerPage),
    hasSize: perPage !== undefined,
  };
}

/** @param path the whole address of the list, without its query */
export function laravelPage(
  rows: readonly object[],
  total: number,
  path: string,
  { page, perPage, hasSize }: AskedPage,
) {
  const lastPage = Math.max(Math.ceil(total / perPage), 1);
  const address = (number: number): string => `${path}?${hasSize ? `per_page=${perPage}&` : ''}page=${number}`;
  const before = (page - 1) * perPage;
  return {
    current_page: page,
    data: rows,
    first_page_url: address(1),
    from: rows.length === 0 ? null : before + 1,
    last_page: lastPage,
    last_page_url: address(lastPage),
    next_page_url: page < lastPage ? address(page + 1) : null,
    path,
    per_page: perPage,
    prev_page_url: page > 1 ? address(page - 1) : null,
    to: rows.length === 0 ? null : before + rows.length,
    total,
  };
}
