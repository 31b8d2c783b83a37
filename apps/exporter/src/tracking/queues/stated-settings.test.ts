// What is taken over from the workers' transport options, what stays, and what is told of.
import { describe, expect, it } from '@jest/globals';
import { readTransportOptions } from '@celery-watch/celery-protocol';
import { settle as settled, type StatedSettings } from './stated-settings.js';
import { PREFORK } from '../testing.js';
import { Worker } from '../workers/worker.js';

const ours = (raw: Readonly<Record<string, unknown>> = {}) => readTransportOptions(raw).options;
const settle = (options: ReturnType<typeof ours>, workers: readonly Worker[], before?: StatedSettings) =>
  settled(options, { workers, reach: undefined, before });
const TEN = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

function worker(nodename: string, raw: Readonly<Record<string, unknown>>, keepsUnacked = true): Worker {
  const made = new Worker(nodename);
  made.pool = { ...PREFORK, broker: { options: ours(raw), keepsUnacked } };
  return made;
}

const ways = (settled: StatedSettings | undefined) =>
  settled?.readUnder.map(({ prioritySteps, sep, unackedKey }) => [prioritySteps, sep, unackedKey]);

describe('transport options that workers tell', () => {
  it('are taken over where the exporter was not told them', () => {
    const settled = settle(ours({ global_keyprefix: 'p:' }), [
      worker('celery@a', { priority_steps: TEN, sep: ':', unacked_key: 'held' }),
      worker('celery@b', { priority_steps: TEN, sep: ':', unacked_key: 'held' }),
    ]);
    expect(ways(settled)).toEqual([[TEN, ':', 'held']]);
    // Only those that name keys: the channel is what it was, since the answer came.
    expect(settled?.readUnder[0].globalKeyprefix).toBe('p:');
    expect(settled?.disagreements.map(({ setting, given }) => [setting, given])).toEqual([
      ['priority_steps', false],
      ['sep', false],
      ['unacked_key', false],
    ]);
    expect(settled?.disagreements[1]?.theirs).toEqual([{ value: '":"', nodenames: ['celery@a', 'celery@b'] }]);
  });

  it('do not go before what the exporter was told, and are told of', () => {
    const settled = settle(ours({ sep: '|', priority_steps: [0, 3, 6, 9] }), [
      worker('celery@a', { priority_steps: TEN, sep: '|' }),
    ]);
    expect(ways(settled)).toEqual([[[0, 3, 6, 9], '|', 'unacked']]);
    expect(settled?.disagreements).toEqual([
      {
        setting: 'priority_steps',
        ours: '[0,3,6,9]',
        given: true,
        theirs: [{ value: JSON.stringify(TEN), nodenames: ['celery@a'] }],
      },
    ]);
  });

  it('are all read under where workers disagree, and told of even if one of them is right', () => {
    const settled = settle(ours(), [
      worker('celery@a', {}),
      worker('celery@b', { priority_steps: TEN }),
      worker('celery@c', { priority_steps: TEN }),
    ]);
    expect(ways(settled)).toEqual([
      [[0, 3, 6, 9], '\x06\x16', 'unacked'],
      [TEN, '\x06\x16', 'unacked'],
    ]);
    expect(settled?.disagreements[0]?.theirs.map(({ nodenames }) => nodenames)).toEqual([
      ['celery@b', 'celery@c'],
      ['celery@a'],
    ]);
  });

  it('are no finding where they are ours', () => {
    expect(settle(ours(), [worker('celery@a', {})])?.disagreements).toEqual([]);
    expect(settle(ours({ sep: ':' }), [worker('celery@a', { sep: ':' })])?.disagreements).toEqual([]);
  });

  it('leave things as they were where no worker tells any', () => {
    expect(settle(ours(), [])).toBeUndefined();
    expect(settle(ours(), [new Worker('celery@mute')])).toBeUndefined();
  });

  it('are followed in eight ways at most', () => {
    const many = Array.from({ length: 50 }, (_, i) => worker(`celery@${i}`, { sep: `:${i}:` }));
    expect(settle(ours(), many)?.readUnder).toHaveLength(8);
  });

  it('leave ours among those that are read while one that is known has not told its own, up or gone', () => {
    const [told, mute] = [worker('celery@a', { sep: ':' }), new Worker('celery@mute')];
    const both = settle(ours(), [told, mute]);
    expect(ways(both)?.map(([, sep]) => sep)).toEqual([':', '\x06\x16']);
    expect(both?.disagreements.map(({ besides }) => besides)).toEqual([{ untold: ['celery@mute'] }]);
    // It is forgotten; its messages are still there.
    const gone = settle(ours(), [told], both);
    expect(ways(gone)?.map(([, sep]) => sep)).toEqual([':', '\x06\x16']);
    mute.pool = worker('celery@mute', { sep: ':' }).pool;
    const all = settle(ours(), [told, mute], gone);
    expect(ways(all)?.map(([, sep]) => sep)).toEqual([':']);
    expect(all?.disagreements.map(({ besides }) => besides)).toEqual([undefined]);
    // Its settings cannot be read: it answers, and tells nothing of them.
    mute.pool = PREFORK;
    expect(ways(settle(ours(), [told, mute], all))).toHaveLength(2);
    expect(ways(settle(ours({ sep: ':' }), [told, mute]))).toHaveLength(1);
  });

  it('leave ours among those that are read while somebody hears the questions who is not known', () => {
    const workers = [worker('celery@a', { sep: ':' })];
    const heard = (listeners: number) =>
      settled(ours(), { workers, reach: { listeners, known: 1 }, before: undefined });
    expect([ways(heard(1)), ways(heard(2))].map((all) => all?.length)).toEqual([1, 2]);
    expect(heard(2)?.disagreements[0]?.besides).toEqual({ untold: [] });
  });

  it('leave ours among eight ways too', () => {
    const many = Array.from({ length: 50 }, (_, i) => worker(`celery@${i}`, { sep: `:${i}:` }));
    const seps = ways(settle(ours(), [...many, new Worker('celery@mute')]))?.map(([, sep]) => sep);
    expect([seps?.length, seps?.includes('\x06\x16')]).toEqual([8, true]);
  });

  it('are read on when the worker that told them is forgotten', () => {
    const before = settle(ours(), [worker('celery@a', { sep: ':' }), worker('celery@b', {})]);
    const after = settle(ours(), [worker('celery@b', {})], before);
    expect(ways(after)?.map(([, sep]) => sep)).toEqual(['\x06\x16', ':']);
  });

  it('say whether what is unacknowledged can be counted', () => {
    expect(settle(ours(), [worker('celery@a', {}), worker('celery@b', {}, false)])?.keepsUnacked).toBe(false);
    expect(settle(ours(), [worker('celery@a', {})])?.keepsUnacked).toBe(true);
  });
});
