import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findProblem, type ProofProblem, problemText, proofProblems, proofRecord } from '../../src/domains/proof.ts';

const domain = { host: 'go.example', verificationToken: 'Tok3n' };
const value = 'signpost-verify=Tok3n';
const name = '_signpost.go.example';

type Records = readonly (readonly string[])[];

/** A DNS of a few names; a text is the code of a failure. Every other name is not there. */
function lookUpIn(zone: Readonly<Record<string, Records | string>>) {
  return (asked: string): Promise<Records> => {
    const found = zone[asked] ?? 'ENOTFOUND';
    if (typeof found !== 'string') return Promise.resolve(found);
    return Promise.reject(Object.assign(new Error(`queryTxt ${found} ${asked}`), { code: found }));
  };
}

const problemOf = (zone: Readonly<Record<string, Records | string>>): Promise<ProofProblem | null> =>
  findProblem(domain, lookUpIn(zone), 'n0nce');

describe('the proof of a domain', () => {
  it('is a TXT record with the token of that domain', () => {
    assert.deepEqual(proofRecord('go.example', 'Tok3n'), { type: 'TXT', name, value });
  });

  const there: [string, Records][] = [
    ['alone', [[value]]],
    ['among others', [['v=spf1 -all'], ['signpost-verify=other'], [value]]],
    ['in several strings', [['signpost-', 'verify=', 'Tok3n']]],
    ['with the quotes of a zone file', [[`"${value}"`]]],
    ['with space around it', [[`  ${value}\t`], ['x']]],
    ['with space inside its quotes', [[`" ${value} "`]]],
    ['after an empty string', [['', value]]],
  ];
  for (const [how, records] of there) {
    it(`is found ${how}`, async () => assert.equal(await problemOf({ [name]: records }), null));
  }

  const missing: [string, Records | string, ProofProblem][] = [
    ['no name', 'ENOTFOUND', 'no_such_name'],
    ['a name without TXT', 'ENODATA', 'no_record'],
    ['an empty answer', [], 'no_record'],
    ['another token', [['signpost-verify=tok3n']], 'other_value'],
    ['the token alone', [['Tok3n']], 'other_value'],
    ['the value within a longer one', [[`x ${value}`], [`${value}x`]], 'other_value'],
    ['the value in two records', [['signpost-verify='], ['Tok3n']], 'other_value'],
    [
      'the value as the hundred-and-first record',
      [...Array.from({ length: 100 }, () => ['x']), [value]],
      'other_value',
    ],
    ['SERVFAIL', 'ESERVFAIL', 'server_failure'],
    ['an answer that is none', 'EBADRESP', 'server_failure'],
    ['REFUSED', 'EREFUSED', 'refused'],
    ['silence', 'ETIMEOUT', 'timeout'],
    ['a look-up that was ended', 'ECANCELLED', 'timeout'],
    ['no resolver', 'ECONNREFUSED', 'unreachable'],
  ];
  for (const [what, records, problem] of missing) {
    it(`is not ${what}: ${problem}`, async () => assert.equal(await problemOf({ [name]: records }), problem));
  }

  it('is not one that stands at every name', async () => {
    const sibling = '_signpost-n0nce.go.example';
    assert.equal(await problemOf({ [name]: [[value]], [sibling]: [['x'], [value]] }), 'wildcard');
    assert.equal(await problemOf({ [name]: [[value]], [sibling]: [['x']] }), null);
    for (const failure of ['ESERVFAIL', 'ETIMEOUT', 'ENODATA'])
      assert.equal(await problemOf({ [name]: [[value]], [sibling]: failure }), null);
  });

  it('explains in words of its own what is wrong with it', () => {
    const texts = proofProblems.map((problem) => problemText(problem, 'go.example'));
    assert.equal(new Set(texts).size, proofProblems.length);
    for (const text of texts) assert.doesNotMatch(text, /Tok3n|signpost-verify/);
  });
});
