// `signpost domains list`: every custom domain and how its proof stands.

import { listUsers } from '../accounts/accounts-store.ts';
import { userNamed } from '../accounts/users.ts';
import { exitCodes } from '../core/exit.ts';
import type { Domain } from '../domains/domain.ts';
import { listAllDomains } from '../domains/domain-store.ts';
import type { Command } from './command.ts';
import { databaseFlags } from './config-flags.ts';
import { allPages, withDatabase } from './database.ts';
import { listing, type ListedRow, shownTime } from './listing.ts';

function listed(domain: Domain, email: string | undefined): ListedRow {
  return {
    id: domain.publicId,
    user: email ?? null,
    domain: domain.host,
    status: domain.status,
    problem: domain.problem,
    verifiedAt: shownTime(domain.verifiedAt),
    checkedAt: shownTime(domain.checkedAt),
    createdAt: shownTime(domain.createdAt),
  };
}

export const domainsListCommand: Command = {
  flags: {
    user: { placeholder: 'USER', help: "Only this user's, by id or e-mail address." },
    json: { help: 'Print a JSON array.' },
    ...databaseFlags,
  },
  async run(given) {
    const userName = given.text('user');
    const rows = await withDatabase(given, (connection) => {
      const user = userName === undefined ? undefined : userNamed(connection, userName);
      const users = user === undefined ? allPages((page) => listUsers(connection, page)) : [user];
      const emails = new Map(users.map(({ id, email }) => [id, email]));
      return allPages((page) => listAllDomains(connection, user?.id, page)).map((domain) =>
        listed(domain, domain.userId === null ? undefined : emails.get(domain.userId)),
      );
    });
    const columns = ['id', 'user', 'domain', 'status', 'problem', 'verifiedAt', 'checkedAt'];
    process.stdout.write(listing(columns, rows, given.has('json')));
    return exitCodes.ok;
  },
};
