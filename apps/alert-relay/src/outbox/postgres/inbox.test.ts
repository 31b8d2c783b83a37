// Posts while the server goes away: each has an answer, also one that waited for another of its group meanwhile.
import { setImmediate as immediate } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { freePort } from '@celery-watch/testbed';
import { StoreUnavailable } from '../outbox.js';
import { intake } from '../testing.js';
import { Database } from './database.js';
import { PostgresInbox } from './inbox.js';
import { placeOf } from './place.js';

it('a post that waited for another one is refused with it, once the server is known to be away', async () => {
  const db = new Database(placeOf(`postgres://relay@127.0.0.1:${await freePort()}/relay`));
  const inbox = new PostgresInbox(db, { quarantineKeep: 1, quarantineBytes: 1 }, () => undefined);
  const refusal = (): Promise<unknown> => inbox.record('g', ['a'], () => intake()).catch((error: unknown) => error);
  const first = refusal();
  // It is on its way: the next one waits for it.
  await immediate();
  const second = refusal();
  for (const each of [await first, await second]) {
    expect(each).toBeInstanceOf(StoreUnavailable);
    expect((each as Error).message).toMatch(/^could not record a post: connect ECONNREFUSED/);
  }
  await inbox.idle();
  db.end('the test is over');
  await db.close();
});
