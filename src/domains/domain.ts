// What a domain is, and which one a Host header names.

export const defaultDomainId = 1;

export interface Domain {
  readonly id: number;
  readonly publicId: string;
  /** null: open to every user of the server. */
  readonly userId: number | null;
  /** Lower case, ASCII, without port. */
  readonly host: string;
}

/** The verified domains, looked up for every redirect. */
export class Domains {
  readonly #byHost = new Map<string, Domain>();
  readonly #byId = new Map<number, Domain>();
  readonly #default: Domain;

  constructor(domains: readonly Domain[]) {
    for (const domain of domains) {
      this.#byHost.set(domain.host, domain);
      this.#byId.set(domain.id, domain);
    }
    const first = this.#byId.get(defaultDomainId);
    if (first === undefined) throw new Error('the default domain is missing');
    this.#default = first;
  }

  get default(): Domain {
    return this.#default;
  }

  byId(id: number): Domain | undefined {
    return this.#byId.get(id);
  }

  byName(host: string): Domain | undefined {
    return this.#byHost.get(host.toLowerCase());
  }

  /**
   * The domain that a Host header (`host` or `host:port`) names. Any other name is the default domain: a small server is
   * also reached by its address, by localhost, or by a name that only its proxy knows.
   */
  byHostHeader(header: string): Domain {
    return this.#byHost.get(header) ?? this.#byHost.get(hostName(header)) ?? this.#default;
  }

  /** Whether a destination's host (URL.hostname) is one of ours: redirecting there would go round in circles. */
  isOwn(host: string): boolean {
    return this.#byHost.has(host.toLowerCase());
  }
}

function hostName(header: string): string {
  const name = header.startsWith('[') ? header.slice(0, header.indexOf(']') + 1) : header.replace(/:\d*$/, '');
  return name.toLowerCase().replace(/\.$/, '');
}
