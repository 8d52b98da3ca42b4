// The snippets of docs/webhooks.md, each run by its own interpreter where that is installed: with what we sign, and with what we do not.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { newSecret, signatureHeaders } from '../../src/webhooks/signature.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/webhooks.md'), 'utf8');

function snippet(heading: string): string {
  const found = new RegExp(`### ${heading}\\n\\n\`\`\`\\w+\\n([^]*?)\\n\`\`\``).exec(text)?.[1];
  assert.ok(found, heading);
  return `${found}\n`;
}

let folder: string;
before(() => (folder = mkdtempSync(join(tmpdir(), 'signpost-snippets-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Delivery {
  readonly secret: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const body = '{"id":"evt_1","text":"é \\u0000 \\"x\\" $HOME `id`"}';

/** What is to be taken, and what is not: another secret, another body, another id, an old one, none. */
function deliveries(): { good: Delivery[]; bad: Delivery[] } {
  const [secret, previous] = [newSecret(), newSecret()];
  const sign = (now: number, secrets: string[]): Record<string, string> => {
    const headers = signatureHeaders({ webhookId: 'wh_1', deliveryId: 'dlv_1', event: 'click', now, body, secrets });
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  };
  const now = Date.now();
  const headers = sign(now, [secret]);
  return {
    good: [
      { secret, headers, body },
      { secret, headers: sign(now, [secret, previous]), body },
      { secret: previous, headers: sign(now, [secret, previous]), body },
    ],
    bad: [
      { secret: newSecret(), headers, body },
      { secret, headers, body: body.replace('x', 'y') },
      { secret, headers: { ...headers, 'webhook-id': 'dlv_2' }, body },
      { secret, headers: sign(now - 3_600_000, [secret]), body },
      { secret, headers: { ...headers, 'webhook-signature': 'v1,' }, body },
      { secret, headers: { ...headers, 'webhook-signature': 'nonsense' }, body },
    ],
  };
}

/** Runs a program that prints `true` or `false` for the delivery in a file. */
type Verify = (delivery: Delivery, file: string) => { readonly command: string; readonly args: readonly string[] };

/** Secret, id, timestamp and signatures, for those that read no JSON; the body is in the file `body`. */
function byHand({ secret, headers }: Delivery): string[] {
  return [secret, ...['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => headers[name] ?? '')];
}

function isInstalled(command: string, args: readonly string[]): boolean {
  const { status, error } = spawnSync(command, args, { encoding: 'utf8' });
  return error === undefined && status === 0;
}

function check(verify: Verify): void {
  const verdict = (delivery: Delivery): string => {
    const file = join(folder, 'delivery.json');
    writeFileSync(file, JSON.stringify(delivery));
    writeFileSync(join(folder, 'body'), delivery.body);
    const { command, args } = verify(delivery, file);
    const { stdout, stderr, status } = spawnSync(command, args, {
      encoding: 'utf8',
      cwd: folder,
      env: { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off', GOTOOLCHAIN: 'local' },
    });
    assert.equal(status, 0, `${stdout}${stderr}`);
    return stdout.trim();
  };
  const { good, bad } = deliveries();
  assert.deepEqual(
    good.map(verdict),
    good.map(() => 'true'),
  );
  assert.deepEqual(
    bad.map(verdict),
    bad.map(() => 'false'),
  );
}

describe('the verification in docs/webhooks.md', () => {
  it('works in TypeScript', () => {
    const file = join(folder, 'verify.ts');
    const call = 'isFromSignpost(given.secret, given.headers, given.body)';
    writeFileSync(
      file,
      `${snippet('TypeScript')}import { readFileSync } from 'node:fs';
const given = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
console.log(${call});\n`,
    );
    check((_, delivery) => ({
      command: process.execPath,
      args: ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', file, delivery],
    }));
  });

  it('works in Python', { skip: !isInstalled('python3', ['-c', 'str.removeprefix']) }, () => {
    const file = join(folder, 'verify.py');
    writeFileSync(
      file,
      `${snippet('Python')}
import json, sys
given = json.load(open(sys.argv[1], encoding="utf-8"))
print(str(is_from_signpost(given["secret"], given["headers"], given["body"].encode())).lower())\n`,
    );
    check((_, delivery) => ({ command: 'python3', args: [file, delivery] }));
  });

  it('works in Go', { skip: !isInstalled('go', ['version']) }, () => {
    mkdirSync(join(folder, 'signpost'));
    writeFileSync(join(folder, 'go.mod'), 'module check\n\ngo 1.20\n');
    writeFileSync(join(folder, 'signpost/verify.go'), snippet('Go'));
    writeFileSync(
      join(folder, 'main.go'),
      `package main

import (
	"check/signpost"
	"os"
)

func main() {
	body, _ := os.ReadFile("body")
	if signpost.IsFromSignpost(os.Args[1], os.Args[2], os.Args[3], os.Args[4], body) {
		os.Stdout.WriteString("true")
	} else {
		os.Stdout.WriteString("false")
	}
}
`,
    );
    const program = join(folder, 'check');
    const built = spawnSync('go', ['build', '-o', program, '.'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, GOPROXY: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod' },
    });
    assert.equal(built.status, 0, built.stderr);
    check((delivery) => ({ command: program, args: byHand(delivery) }));
  });

  it('works in PHP', { skip: !isInstalled('php', ['-v']) }, () => {
    const file = join(folder, 'verify.php');
    writeFileSync(
      file,
      `${snippet('PHP')}
$given = json_decode(file_get_contents($argv[1]), true);
echo is_from_signpost($given['secret'], $given['headers'], $given['body']) ? 'true' : 'false';\n`,
    );
    check((_, delivery) => ({ command: 'php', args: [file, delivery] }));
  });

  it('works in a shell', { skip: !isInstalled('openssl', ['version']) }, () => {
    const file = join(folder, 'verify.sh');
    writeFileSync(
      file,
      `${snippet('Shell')}if is_from_signpost "$1" "$2" "$3" "$4" body; then echo true; else echo false; fi\n`,
    );
    check((delivery) => ({ command: 'sh', args: [file, ...byHand(delivery)] }));
  });
});
