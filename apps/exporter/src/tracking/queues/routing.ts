// Which queue a routing key leads to, as far as workers have said what their queues are bound by: a task that RabbitMQ
// keeps until it is due is told by its routing key alone (docs/protocol/rabbitmq.md#native-delayed-delivery).
import type { ConsumedQueue } from '@celery-watch/celery-protocol';

/** Who may have said what it consumes. */
interface Consumer {
  readonly queues: readonly ConsumedQueue[] | undefined;
}

/**
 * The queue that the key leads to: one that is bound by just this key before one whose pattern it fits, as Celery binds
 * each queue by `#.` and its key as well. Undefined where no worker has said so.
 */
export function queueOfKey(key: string, workers: Iterable<Consumer>): string | undefined {
  let fitting: string | undefined;
  for (const { queues = [] } of workers) {
    for (const { name, routingKeys } of queues) {
      if (routingKeys === undefined ? name === key : routingKeys.includes(key)) return name;
      fitting ??= (routingKeys ?? [name]).some((each) => fitsTopic(`#.${each}`, key)) ? name : undefined;
    }
  }
  return fitting;
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
