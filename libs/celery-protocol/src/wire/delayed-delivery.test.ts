// The routing keys of tasks that RabbitMQ keeps until they are due: the real key is what stands behind the time.
import { describe, expect, it } from '@jest/globals';
import { delayedRoutingKey } from './delayed-delivery.js';
import { captureLines } from './testing-captures.js';
import { isRecord } from './is-record.js';

const FIVE_SECONDS = `${'0.'.repeat(25)}1.0.1.`;

describe('delayedRoutingKey', () => {
  it('is the real key of every delayed task that was recorded, and none of the others', () => {
    const keys = captureLines('amqp-5.7.0-quorum-delayed-rmq4.3.jsonl').flatMap(({ routing_key: key, body }) => {
      if (key !== 'task.sent') return [];
      const event: unknown = JSON.parse(String(body));
      return isRecord(event) ? [[event['queue'], delayedRoutingKey(event)]] : [];
    });
    const delayed = keys.filter(([queue]) => queue === null);
    expect(delayed).toEqual(Array.from({ length: 5 }, () => [null, 'celery']));
    expect(keys.filter(([queue]) => queue !== null)).toEqual(Array.from({ length: 7 }, () => ['celery', undefined]));
  });

  it('takes any prefix of the exchange, and a key with dots', () => {
    const routing_key = `${FIVE_SECONDS}eu.orders.1.0`;
    for (const exchange of ['celery_delayed_27', 'shop_celery_delayed_27'])
      expect(delayedRoutingKey({ exchange, routing_key })).toBe('eu.orders.1.0');
  });

  it('is nothing for another exchange, another key, or what is no text', () => {
    const exchange = 'celery_delayed_27';
    for (const other of ['celery', 'celery_delayed_26', 'xcelery_delayed_27', 'celery_delayed_27x', '', null, 7, {}])
      expect(delayedRoutingKey({ exchange: other, routing_key: `${FIVE_SECONDS}q` })).toBeUndefined();
    const others = ['q', FIVE_SECONDS, `${FIVE_SECONDS.slice(2)}q`, `2.${FIVE_SECONDS.slice(2)}q`, undefined, 7, ['q']];
    for (const key of [...others, `${FIVE_SECONDS}${'q'.repeat(513)}`, `${FIVE_SECONDS}\ud800`])
      expect(delayedRoutingKey({ exchange, routing_key: key })).toBeUndefined();
  });
});
