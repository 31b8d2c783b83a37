// What the broker knows of queues: lengths over all priority steps, what is taken next, what is bound. One round trip
// each.
import type { QueueHead, RedisNames } from '@celery-watch/celery-protocol';
import type { QueueReadings } from '../broker.js';
import { askAll, type Command, type Connection, denial } from './connection.js';
import type { Notices } from '../broker-log.js';
import { indexOf } from './peek.js';
import type { QueueHeads } from './queue-heads.js';

/** Redis knows no consumers; a worker keeps what is delayed itself. */
const NOT_SAID = { consumers: new Map<string, number>(), delayed: undefined } as const;

/**
 * LLEN for each queue and step (docs/protocol/redis.md#queue-length), HLEN of the unacknowledged, and the right end of
 * each list, where workers take from (docs/protocol/redis.md#ends-of-a-list).
 */
export async function readQueues(
  connection: Connection,
  names: RedisNames,
  queues: readonly string[],
  heads: QueueHeads | undefined,
  notices: Notices,
): Promise<QueueReadings> {
  const keys = queues.map((queue) => names.queueKeys(queue));
  const together = heads === undefined ? [] : keys.flat().filter((key) => heads.isReadWithOthers(key));
  const withHead = new Set(together);
  const commands = keys
    .flat()
    .flatMap((key): Command[] => [['llen', key], ...(withHead.has(key) ? [indexOf(key)] : [])]);
  const ask = () =>
    askAll(connection, 'LLEN', [...commands, ...names.unackedKeys.map((key): Command => ['hlen', key])]);
  const answers = (heads === undefined ? await ask() : await heads.readTogether(connection, together, ask)).values();
  const next = (): unknown => answers.next().value;
  const alone = await heads?.readAlone(connection, keys.flat());

  notices.forgetOthers('queue', queues);
  const lengths = new Map<string, number>();
  const found = new Map<string, readonly QueueHead[]>();
  queues.forEach((queue, index) => {
    let length: number | Error = 0;
    const payloads: (readonly [key: string, payload: unknown])[] = [];
    for (const key of keys[index] ?? []) {
      const answer = next();
      if (answer instanceof Error) length = denial(answer, connection, `+llen ~${key}`);
      else if (!(length instanceof Error)) length += Number(answer);
      payloads.push([key, withHead.has(key) ? next() : alone?.get(key)]);
    }
    const failing = `the length of the queue ${queue} cannot be read`;
    if (length instanceof Error) {
      notices.warn(failing, { reason: length.message }, { kind: 'queue', name: queue });
      return;
    }
    notices.forget(failing);
    lengths.set(queue, length);
    const known = heads?.read(connection, queue, payloads, notices);
    if (known !== undefined) found.set(queue, known);
  });
  return { lengths, unacked: unackedOf(names.unackedKeys, next, connection, notices), heads: found, ...NOT_SAID };
}

function unackedOf(
  keys: readonly string[],
  next: () => unknown,
  connection: Connection,
  notices: Notices,
): number | undefined {
  const failing = 'the number of unacknowledged messages cannot be read';
  let sum: number | undefined = 0;
  for (const key of keys) {
    const answer = next();
    if (typeof answer === 'number' && sum !== undefined) sum += answer;
    if (typeof answer === 'number') continue;
    sum = undefined;
    if (answer instanceof Error)
      notices.warn(failing, {
        reason: denial(answer, connection, `+hlen ~${key}`).message,
      });
  }
  if (sum !== undefined) notices.forget(failing);
  return sum;
}

/** Sorted, each once. An exchange that cannot be read is left out, with a notice. */
export async function boundQueues(
  connection: Connection,
  names: RedisNames,
  exchanges: readonly string[],
  notices: Notices,
): Promise<readonly string[]> {
  const answers = await askAll(
    connection,
    'SMEMBERS',
    exchanges.map((exchange): Command => ['smembers', names.bindingKey(exchange)]),
  );
  notices.forgetOthers('exchange', exchanges);
  const found = new Set<string>();
  answers.forEach((members, index) => {
    const exchange = exchanges[index] ?? '';
    const failing = `the queues bound to the exchange ${exchange} cannot be read`;
    if (Array.isArray(members)) {
      notices.forget(failing);
      for (const member of members) for (const queue of names.queuesOfBinding(String(member))) found.add(queue);
    } else if (members instanceof Error) {
      const reason = denial(members, connection, `+smembers ~${names.bindingKey(exchange)}`).message;
      notices.warn(failing, { reason }, { kind: 'exchange', name: exchange });
    }
  });
  return [...found].sort();
}

/** Keys that the server looks at in one command, and commands in one slice. */
const COUNT = 1000;
const COMMANDS = 10;
/** Celery's own exchanges, which lead to no task queue (docs/protocol/redis.md#bindings). */
const INTERNAL = /^celeryev$|\.pidbox$|^reply\./;

const NOT_FOUND = 'queues that no worker consumes cannot be found';

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
        notices.warn(NOT_FOUND, {
          reason: denial(answer, connection, '+scan').message,
        });
        break;
      }
      notices.forget(NOT_FOUND);
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
