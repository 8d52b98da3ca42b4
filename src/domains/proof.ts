// The proof that a domain is a user's: a TXT record at `_signpost.<domain>` that holds the domain's token. What it takes, and
// every way in which it can be missing, in plain words.

/** How one name's TXT records are looked up: a list of strings for each record. Rejects with an Error whose `code` says why. */
export type TxtLookup = (name: string) => Promise<readonly (readonly string[])[]>;

export const proofProblems = [
  'no_such_name',
  'no_record',
  'other_value',
  'wildcard',
  'server_failure',
  'refused',
  'timeout',
  'unreachable',
] as const;

/** What is wrong with a proof. */
export type ProofProblem = (typeof proofProblems)[number];

export interface ProofRecord {
  readonly type: 'TXT';
  readonly name: string;
  readonly value: string;
}

/** More records at one name than anyone keeps there. */
const maxRecords = 100;

export function proofRecord(host: string, token: string): ProofRecord {
  return { type: 'TXT', name: `_signpost.${host}`, value: `signpost-verify=${token}` };
}

const problemOfCode: Readonly<Record<string, ProofProblem>> = {
  ENOTFOUND: 'no_such_name',
  ENODATA: 'no_record',
  ESERVFAIL: 'server_failure',
  EREFUSED: 'refused',
  ETIMEOUT: 'timeout',
  ECANCELLED: 'timeout',
  ECONNREFUSED: 'unreachable',
};

function problemOf(error: unknown): ProofProblem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // Whatever else a DNS server can answer is a failure of that server.
  return problemOfCode[code] ?? 'server_failure';
}

type Answer = { readonly records: readonly string[] } | { readonly problem: ProofProblem };

async function recordsAt(name: string, lookUp: TxtLookup): Promise<Answer> {
  try {
    const records = await lookUp(name);
    // A record longer than 255 bytes comes in several strings, which belong together without a space.
    return { records: records.slice(0, maxRecords).map((strings) => strings.join('')) };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

/** A value without what people paste along with it: space around it, and the quotes of a zone file. */
function plainValue(text: string): string {
  const trimmed = text.trim();
  return /^"(.*)"$/s.exec(trimmed)?.[1]?.trim() ?? trimmed;
}

const holds = (records: readonly string[], value: string): boolean =>
  records.some((record) => plainValue(record) === value);

/**
 * Looks for a domain's proof: null when it is there, otherwise what is wrong.
 *
 * A record that stands at every name below the domain proves nothing: under `*.example.com CNAME pages.example.net`
 * whoever may write at pages.example.net could claim each host of example.com. So a name that nobody can have set up is
 * asked for, too, and must not hold the proof.
 * @param nonce letters and digits that nobody can foresee
 */
export async function findProblem(
  { host, verificationToken }: { readonly host: string; readonly verificationToken: string },
  lookUp: TxtLookup,
  nonce: string,
): Promise<ProofProblem | null> {
  const { name, value } = proofRecord(host, verificationToken);
  const [found, sibling] = await Promise.all([
    recordsAt(name, lookUp),
    recordsAt(`_signpost-${nonce}.${host}`, lookUp),
  ]);
  if ('problem' in found) return found.problem;
  if (found.records.length === 0) return 'no_record';
  if (!holds(found.records, value)) return 'other_value';
  // Whether the name is there or not, or cannot be asked for: only the proof itself would say that it is a wildcard's.
  return 'records' in sibling && holds(sibling.records, value) ? 'wildcard' : null;
}

const sentences: Readonly<Record<ProofProblem, (host: string, name: string) => string>> = {
  no_such_name: (_, name) =>
    `there is no name ${name} in the DNS (NXDOMAIN): add the TXT record, and give it a few minutes`,
  no_record: (_, name) => `the name ${name} is there, but has no TXT record`,
  other_value: (_, name) => `${name} has a TXT record, but none with this domain's value`,
  wildcard: (host, name) =>
    `the value stands at every name below ${host}, by a wildcard record: set it at ${name} alone`,
  server_failure: (host) =>
    `the DNS servers of ${host} failed to answer (SERVFAIL): this is often broken DNSSEC, or a zone that is not there yet`,
  refused: (_, name) => `the DNS servers refused to be asked for ${name} (REFUSED)`,
  timeout: (host) => `the DNS servers of ${host} did not answer in time`,
  unreachable: () => "this server's own DNS resolver cannot be reached: its operator has to look at dns.servers",
};

/** What to do about it, in a sentence for the domain's owner. */
export function problemText(problem: ProofProblem, host: string): string {
  return sentences[problem](host, `_signpost.${host}`);
}
