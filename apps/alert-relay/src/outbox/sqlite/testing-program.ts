// A program for tests that holds an outbox until it is killed, and says what it was answered: one line each, written
// before it goes on. Arguments: the file, and `hold`, `work` or `migrate`, which stops in the midst of the newest step.
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { namesOf, put, request, sample } from '../testing.js';
import { StoreRefused } from '../outbox.js';
import { migrate, MIGRATIONS } from './schema.js';
import { openSqliteOutbox } from './sqlite-outbox.js';

const [file = '', task] = process.argv.slice(2);
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

if (task === 'migrate') {
  const db = new DatabaseSync(file);
  db.function('stop_here', () => {
    say('midway');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    return 0;
  });
  migrate(db, 'PRAGMA journal_mode = WAL', [...MIGRATIONS.slice(0, -1), `${MIGRATIONS.at(-1)}; SELECT stop_here()`]);
}

try {
  const outbox = await openSqliteOutbox(file, { lockWaitMs: 50 });
  say('open');
  // Without a timer nothing would keep the process.
  if (task === 'hold') await delay(600_000);
  for (let round = 0; ; round += 1) {
    const names = Array.from({ length: 10 }, (_, i) => `n${round}-${i}`);
    await Promise.all(
      names.map((name) =>
        put(outbox, sample(name, { group: name, changes: 10 }), ['left', 'taken']).then(
          () => say(`stored ${name}`),
          (error: unknown) => say(`refused ${name} ${String(error)}`),
        ),
      ),
    );
    try {
      const claim = await outbox.claim('taken', request(0));
      if (claim === undefined) continue;
      say(`claimed ${claim.messageId} ${String(namesOf(claim))}`);
      if (round % 2 === 0) continue;
      await outbox.settle(claim, { kind: 'delivered', at: 0 });
      say(`delivered ${String(namesOf(claim))}`);
    } catch {
      await delay(20);
    }
  }
} catch (error) {
  say(`${String(error)} ${error instanceof StoreRefused ? `may pass: ${error.mayPass}` : ''}`);
}
