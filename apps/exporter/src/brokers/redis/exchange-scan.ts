// Finds the exchanges that have bindings, a slice of the key space at a time: a database may hold millions of results
// beside them, and the server must not feel the search. A queue made on the fly has an exchange of its own name.
import type { RedisNames } from '@celery-watch/celery-protocol';
import { askAll, denial } from './ask.js';
import type { Connection } from './connection.js';
import type { Notices } from './notices.js';

/** Keys that the server looks at in one command, and commands in one slice. */
const COUNT = 1000;
const COMMANDS = 10;
/** Celery's own exchanges, which lead to no task queue (docs/protocol/redis.md#bindings). */
const INTERNAL = /^celeryev$|\.pidbox$|^reply\./;

export class ExchangeScan {
  #cursor = '0';
  #found = new Set<string>();
  #previous: ReadonlySet<string> = new Set();

  /** Goes on by one slice; gives the exchanges of the last whole pass and of this one so far. Rejects like `askAll`. */
  async next(connection: Connection, names: RedisNames, notices: Notices): Promise<ReadonlySet<string>> {
    const prefix = names.bindingKey('');
    const pattern = `${prefix.replace(/[*?[\]\\]/g, '\\$&')}*`;
    for (let command = 0; command < COMMANDS; command++) {
      const [answer] = await askAll(connection, 'SCAN', [['scan', this.#cursor, 'MATCH', pattern, 'COUNT', COUNT]]);
      if (!Array.isArray(answer)) {
        notices.warn('queues that no worker consumes cannot be found', {
          reason: denial(answer, connection, '+scan').message,
        });
        break;
      }
      const [cursor, keys] = answer as [string, string[]];
      for (const key of keys) if (!INTERNAL.test(key.slice(prefix.length))) this.#found.add(key.slice(prefix.length));
      this.#cursor = cursor;
      if (cursor !== '0') continue;
      this.#previous = this.#found;
      this.#found = new Set();
      break;
    }
    return new Set([...this.#previous, ...this.#found]);
  }
}
