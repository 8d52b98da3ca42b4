import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createUser, parseNewUser } from '../../src/accounts/users.ts';
import { openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import { emitEvent, type EventName, onStoredEvents, putEvent, usersWanting } from '../../src/storage/outbox-store.ts';
import type { Connection } from '../../src/storage/query.ts';

const now = Date.parse('2026-07-01T12:00:00Z');

let folder: string;
let connection: Connection;
let [ann, ben] = [0, 0];
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'signpost-outbox-'));
  prepareDatabase(folder);
  connection = openForCommand(folder);
  [ann, ben] = ['ann', 'ben'].map(
    (name) => createUser(connection, parseNewUser({ email: `${name}@example.com`, name }), now).id,
  ) as [number, number];
});
after(() => {
  connection.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => connection.exec('DELETE FROM webhook_interests; DELETE FROM webhook_events'));

function want(event: EventName, userId: number): void {
  connection.prepare('INSERT INTO webhook_interests (event, user_id) VALUES (?, ?)').run(event, userId);
}

interface StoredEvent {
  readonly id: number;
  readonly public_id: string;
  readonly user_id: number;
  readonly event: string;
  readonly data: string;
  readonly created_at: number;
}

const stored = (): StoredEvent[] =>
  connection.prepare<[], StoredEvent>('SELECT * FROM webhook_events ORDER BY id').all();

function emit(userId: number, event: EventName, data: object = {}): void {
  emitEvent(connection, { userId, event, data: () => data, now });
}

describe('the outbox', () => {
  it('keeps what somebody wants to hear, in the order in which it happened', () => {
    want('link.created', ann);
    emit(ann, 'link.created', { slug: 'é' });
    emit(ann, 'link.created', { slug: 'b' });
    const [first, second, ...more] = stored();
    assert.deepEqual(more, []);
    assert.match(first!.public_id, /^evt_[0-9A-Za-z]{16}$/);
    assert.deepEqual(
      { ...first, id: 0, public_id: '' },
      { id: 0, public_id: '', user_id: ann, event: 'link.created', data: '{"slug":"é"}', created_at: now },
    );
    assert.ok(second!.id > first!.id && second!.public_id !== first!.public_id);
  });

  it('neither builds nor keeps what nobody wants', () => {
    want('link.created', ann);
    const data = (): object => assert.fail('built for nobody');
    emitEvent(connection, { userId: ann, event: 'link.deleted', data, now });
    emitEvent(connection, { userId: ben, event: 'link.created', data, now });
    assert.deepEqual(stored(), []);
  });

  it('forgets an event whose cause was undone', () => {
    want('link.created', ann);
    assert.throws(() =>
      connection.transaction(() => {
        emit(ann, 'link.created');
        throw new Error('undone');
      })(),
    );
    assert.deepEqual(stored(), []);
  });

  it('never gives an id twice, not even when all events are gone', () => {
    want('link.created', ann);
    emit(ann, 'link.created');
    const [{ id }] = stored() as [StoredEvent];
    connection.exec('DELETE FROM webhook_events');
    emit(ann, 'link.created');
    assert.ok(stored()[0]!.id > id);
  });

  it('tells whoever delivers events that there are some', () => {
    let told = 0;
    onStoredEvents(connection, () => told++);
    emit(ann, 'click');
    assert.equal(told, 0);
    putEvent(connection, ann, 'click', {}, now);
    assert.equal(told, 1);
    onStoredEvents(connection, () => {});
  });
});

describe('who wants an event', () => {
  it('is known anew after each change, another process’s included', () => {
    assert.deepEqual([...usersWanting(connection, 'click')], []);
    want('click', ann);
    assert.deepEqual([...usersWanting(connection, 'click')], [ann]);
    assert.equal(usersWanting(connection, 'click'), usersWanting(connection, 'click'), 'is not read twice');
    const other = openForCommand(folder);
    other.prepare("INSERT INTO webhook_interests VALUES ('click', ?)").run(ben);
    other.close();
    assert.deepEqual(
      [...usersWanting(connection, 'click')].toSorted((a, b) => a - b),
      [ann, ben],
    );
    connection.prepare('DELETE FROM webhook_interests WHERE user_id = ?').run(ann);
    assert.deepEqual([...usersWanting(connection, 'click')], [ben]);
  });

  it('is not what an undone transaction said', () => {
    const undo = new Error('undone');
    const undone = (change: () => void, seen: number[]): void =>
      assert.throws(
        () =>
          connection.transaction(() => {
            change();
            assert.deepEqual([...usersWanting(connection, 'click')], seen);
            throw undo;
          })(),
        undo,
      );
    undone(() => want('click', ann), [ann]);
    assert.deepEqual([...usersWanting(connection, 'click')], []);
    want('click', ann);
    undone(() => connection.exec('DELETE FROM webhook_interests'), []);
    // Another change in between, which must not look like the one that was undone.
    undone(() => want('click', ben), [ann, ben]);
    want('link.created', ben);
    assert.deepEqual([...usersWanting(connection, 'click')], [ann]);
  });
});
