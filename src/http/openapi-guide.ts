// What holds for the whole API, in words: the opening of its documentation. Paragraphs, `## headings` and `code`, no more.

export const guide = {
  introduction: `Make short links, change where they lead, and see how often they are opened. Every path below starts at this server's own address.

## Answers

A success is \`{"success":true,"data":…}\`, a list has \`meta\` beside its \`data\`, and a failure is \`{"success":false,"error":{"code":"…","message":"…"}}\`, with \`details\` where fields are at fault. Decide by \`code\`, which stays the same from version to version; new keys may be added to any object. Times are ISO 8601 in UTC; what is absent is null.

## Lists

Lists take \`page\` and \`perPage\`. To read a long one to its end, follow \`meta.nextCursor\` with \`cursor\`: nothing is skipped or shown twice, however the list changes meanwhile.

## Doing something once

A POST that lists the header \`Idempotency-Key\` can be sent again without doing its work again: for 24 hours, the same key with the same request gets the first answer. The same key with another request, or by another API key of yours, is \`IDEMPOTENCY_KEY_REUSED\`.

## Limits

Every answer to a key says in \`X-RateLimit-Remaining\` how many requests are left. Past the limit, and when the server is busy, \`Retry-After\` says in how many seconds to come again. Short links themselves are never limited.`,

  authentication: `An API key, as \`Authorization: Bearer sp_…\`. A key may do all that its user may, or only what its scopes name; every operation says which one it needs. \`any-key\` is satisfied by each valid key, \`full-key\` by one that was not narrowed to some scopes.`,
} as const;
