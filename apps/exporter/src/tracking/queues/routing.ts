// Which queue a routing key leads to, as far as workers have said what their queues are bound by: a task that RabbitMQ
// keeps until it is due is told by its routing key alone (docs/protocol/rabbitmq.md#native-delayed-delivery).
import type { ConsumedQueue } from '@celery-watch/celery-protocol';

/** Who may have said what it consumes. */
interface Consumer {
  readonly queues: readonly ConsumedQueue[] | undefined;
}

/** Keys that fit no binding as they are: most that are remembered with what their patterns gave. */
const MOST_KEYS = 1000;

/** What the workers' queues are bound by, read again only when one of them has told something else. */
export class Routing {
  /** What each worker said, in their order; whoever says the same again must keep the list that it had. */
  #told: Consumer['queues'][] = [];
  /** The first of the queues that are bound by a key, or a pattern. */
  readonly #byKey = new Map<string, string>();
  readonly #fitting = new Map<string, string | undefined>();

  /**
   * The queue that the key leads to: one that is bound by just this key before one whose pattern it fits, as Celery
   * binds each queue by `#.` and its key as well. Undefined where no worker has said so.
   */
  queueOf(key: string, workers: Iterable<Consumer>): string | undefined {
    if (this.#isNews(workers)) this.#read(workers);
    const bound = this.#byKey.get(key);
    if (bound !== undefined || this.#fitting.has(key)) return bound ?? this.#fitting.get(key);
    const fitting = [...this.#byKey].find(([pattern]) => fitsTopic(`#.${pattern}`, key))?.[1];
    if (this.#fitting.size >= MOST_KEYS) this.#fitting.clear();
    this.#fitting.set(key, fitting);
    return fitting;
  }

  #isNews(workers: Iterable<Consumer>): boolean {
    let i = 0;
    for (const { queues } of workers) if (i >= this.#told.length || queues !== this.#told[i++]) return true;
    return i !== this.#told.length;
  }

  #read(workers: Iterable<Consumer>): void {
    this.#told = [];
    this.#byKey.clear();
    this.#fitting.clear();
    for (const { queues } of workers) {
      this.#told.push(queues);
      for (const { name, routingKeys = [name] } of queues ?? []) {
        for (const key of routingKeys) if (!this.#byKey.has(key)) this.#byKey.set(key, name);
      }
    }
  }
}

/** Whether a key fits the pattern of a topic binding: `*` is one word, `#` any number of them. */
export function fitsTopic(pattern: string, key: string): boolean {
  // Without such a word at its end a pattern fits only what ends like it: nearly every pattern is out here.
  if (!/[*#]$/.test(pattern) && !key.endsWith(pattern.slice(pattern.lastIndexOf('.') + 1))) return false;
  const words = key.split('.');
  /** Which numbers of words the part of the pattern that was looked at can stand for. */
  let reached = new Set([0]);
  for (const part of pattern.split('.')) {
    const next = new Set<number>();
    for (const at of reached) {
      if (part === '#') for (let to = at; to <= words.length; to++) next.add(to);
      else if (at < words.length && (part === '*' || part === words[at])) next.add(at + 1);
    }
    reached = next;
  }
  return reached.has(words.length);
}
