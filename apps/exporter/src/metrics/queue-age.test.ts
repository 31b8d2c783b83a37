// How old the next message of a queue is, on the page: 0 where nothing waits, and no sample where nothing is known.
import { expect, it } from '@jest/globals';
import { queueMetrics } from '@celery-watch/celery-protocol';
import { ConnectionState } from '../tracking/health.js';
import { Stage } from '../tracking/testing.js';
import { brokerFamilies } from './broker-families.js';

it('is the age where one is known, 0 for an empty queue, and nothing for messages of which none is known', () => {
  const { model, now } = new Stage();
  const sent = (id: string): number | undefined => (id === 'known' ? now - 7 : undefined);
  model.queues.read('known', 5, [{ id: 'known', eta: null }], sent, now);
  model.queues.read('unread', 5, [{ id: '#1', eta: null, unread: 'not JSON' }], sent, now - 3);
  model.queues.read('denied', 5, undefined, sent, now);
  model.queues.read('taken meanwhile', 5, [], sent, now);
  model.queues.read('empty', 0, [], sent, now);
  model.queues.read('empty and not read', 0, undefined, sent, now);
  const samples: (readonly [string, number])[] = [];
  brokerFamilies(model, new ConnectionState(now), true, () => now)
    .find(({ entry }) => entry === queueMetrics.oldestAge)
    ?.write({
      add: (labels, value) => samples.push([labels, value]),
      histogram: () => {
        throw new TypeError('not a histogram');
      },
    });
  expect(samples).toEqual([
    ['queue="known"', 7],
    ['queue="unread"', 3],
    ['queue="empty"', 0],
    ['queue="empty and not read"', 0],
  ]);
});
