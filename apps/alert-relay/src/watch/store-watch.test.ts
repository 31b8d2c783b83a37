// When people are told that the store is lost, and when that it is back.
import { expect, test } from '@jest/globals';
import { memoryLog } from '@celery-watch/service';
import { openMemoryOutbox, StoredNotToStay, StoreUnavailable, type Outbox } from '../outbox/index.js';
import { contentsOf, request } from '../outbox/testing.js';
import { StoreWatch } from './store-watch.js';

const NOW = 1_800_000_000_000;

const POLICY = {
  route: { name: undefined, matchers: [], channels: ['people'], continue: false, routes: [] },
  fallback: undefined,
};

test('people are told as soon as the store takes it, where it fails in another way at first', async () => {
  let [lost, isFull]: [string | undefined, boolean] = ['relay.db was deleted', true];
  const inner = openMemoryOutbox();
  const outbox: Outbox = {
    ...inner,
    lost: () => Promise.resolve(lost),
    record: (...given) => (isFull ? Promise.reject(new StoreUnavailable('the disk is full')) : inner.record(...given)),
  };
  const { log, lines } = memoryLog();
  const watch = new StoreWatch({ outbox, policy: () => POLICY, log, now: () => NOW, onStored: () => undefined });
  const told = async (): Promise<string[]> => {
    const claim = await outbox.claim('people', request(NOW));
    if (claim) await outbox.settle(claim, { kind: 'delivered', at: NOW });
    return contentsOf(claim).flatMap(({ changes }) => changes.map(({ status }) => status));
  };
  await watch.look();
  expect([watch.isLost, await told()]).toEqual([true, []]);
  expect(lines).toContainEqual(expect.objectContaining({ msg: expect.stringMatching(/could not be told/) }));
  isFull = false;
  await watch.look();
  await watch.look();
  expect([watch.isLost, await told(), await told()]).toEqual([true, ['firing'], []]);
  [lost, isFull] = [undefined, true];
  await watch.look();
  expect([watch.isLost, await told()]).toEqual([false, []]);
  isFull = false;
  await watch.look();
  expect([watch.isLost, await told(), await told()]).toEqual([false, ['resolved'], []]);
});

test('nobody is told of the end of what nobody was told of', async () => {
  let lost: string | undefined = 'relay.db was deleted';
  const inner = openMemoryOutbox();
  let records = 0;
  const outbox: Outbox = {
    ...inner,
    lost: () => Promise.resolve(lost),
    record: () => {
      records++;
      return Promise.reject(new StoreUnavailable('the disk is full'));
    },
  };
  const { log } = memoryLog();
  const watch = new StoreWatch({ outbox, policy: () => POLICY, log, now: () => NOW, onStored: () => undefined });
  await watch.look();
  lost = undefined;
  await watch.look();
  expect([watch.isLost, records]).toEqual([false, 1]);
});

test('people are told once of a store that is lost, and once that it is back', async () => {
  let lost: string | undefined;
  const inner = openMemoryOutbox();
  // As a lost store does: it takes what it is given, and says that it will not stay.
  const outbox: Outbox = {
    ...inner,
    lost: () => Promise.resolve(lost),
    record: async (...given) => {
      const recorded = await inner.record(...given);
      if (lost !== undefined) throw new StoredNotToStay(lost);
      return recorded;
    },
  };
  let woken = 0;
  const { log, lines } = memoryLog();
  const watch = new StoreWatch({
    outbox,
    policy: () => ({
      route: { name: undefined, matchers: [], channels: ['people'], continue: false, routes: [] },
      fallback: 'last',
    }),
    log,
    now: () => 1_800_000_000_000,
    onStored: () => woken++,
  });
  const told = async (channel: string): Promise<string[]> => {
    const claim = await outbox.claim(channel, request(1_800_000_000_000));
    if (claim) await outbox.settle(claim, { kind: 'delivered', at: 1_800_000_000_000 });
    return contentsOf(claim).flatMap(({ changes }) =>
      changes.map(
        (alert) => `${alert.labels['alertname'] ?? ''} ${alert.status} ${alert.annotations['description'] ?? ''}`,
      ),
    );
  };
  await watch.look();
  expect([watch.isLost, await told('people')]).toEqual([false, []]);
  lost = 'relay.db was deleted';
  await watch.look();
  await watch.look();
  const firing = [expect.stringMatching(/^AlertRelayStoreLost firing .*relay\.db was deleted/)];
  expect([watch.isLost, await told('people'), await told('last')]).toEqual([true, firing, firing]);
  // What is posted meanwhile is refused, and nobody else wakes its channels.
  expect(woken).toBe(2);
  lost = undefined;
  await watch.look();
  await watch.look();
  expect([watch.isLost, await told('people')]).toEqual([
    false,
    [expect.stringMatching(/^AlertRelayStoreLost resolved /)],
  ]);
  expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
});
