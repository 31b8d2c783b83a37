// What the buttons may do, in which order, and what is noted of it; with causes that only write down that they were
// asked.
import { describe, expect, it } from '@jest/globals';
import { readScrape } from '@celery-watch/testbed';
import { RecordStore } from '../hops/record-store.js';
import type { Cause, CauseName } from './table.js';
import { CauseRunner } from './cause-runner.js';

function set(broken: Partial<Record<CauseName, Error>> = {}): {
  runner: CauseRunner;
  store: RecordStore;
  did: string[];
} {
  const did: string[] = [];
  const store = new RecordStore();
  const fake = (name: CauseName, needsBroker: boolean): Cause => ({
    title: name,
    key: name[0] ?? '',
    alerts: [`${name} alert`],
    needsBroker,
    make: () => {
      did.push(`make ${name}`);
      return broken[name] === undefined ? Promise.resolve(`${name} made`) : Promise.reject(broken[name]);
    },
    repair: () => {
      did.push(`repair ${name}`);
      return Promise.resolve(`${name} repaired`);
    },
    seen: (page) => (page.value('bad') === 1 ? 'bad 1' : undefined),
    mended: (page) => (page.value('bad') === 0 ? 'bad 0' : undefined),
  });
  const causes = {
    fail: fake('fail', false),
    kill: fake('kill', false),
    fill: fake('fill', true),
    stop: fake('stop', true),
    hang: fake('hang', true),
  };
  const bad = (): number => (did.at(-1)?.startsWith('make') === true ? 1 : 0);
  return {
    runner: new CauseRunner({
      causes,
      store,
      metrics: () => Promise.resolve(readScrape(`bad ${bad()}\n`)),
      everyMs: 1,
    }),
    store,
    did,
  };
}

describe('the buttons', () => {
  it('do a thing once, until it is repaired', async () => {
    const { runner, did } = set();
    expect(await runner.press('fail')).toEqual({ ok: true, text: 'fail: fail made.' });
    expect(await runner.press('fail')).toEqual({ ok: false, text: '“fail” is on already: repair first.' });
    expect(runner.state('fail')).toBe('on');
    await runner.repair();
    expect(runner.state('fail')).toBe('ready');
    expect(did).toEqual(['make fail', 'repair fail']);
  });

  it('need the broker where they send tasks', async () => {
    const { runner, did } = set();
    await runner.press('stop');
    expect((await runner.press('fill')).text).toContain('needs the broker, which is stopped');
    expect((await runner.press('kill')).ok).toBe(true);
    expect(did).toEqual(['make stop', 'make kill']);
  });

  it('repair everything, the broker first, one after the other however fast they are pressed', async () => {
    const { runner, did } = set();
    const outcomes = await Promise.all([
      runner.press('hang'),
      runner.press('kill'),
      runner.press('stop'),
      runner.repair(),
      runner.repair(),
    ]);
    expect(did.slice(3)).toEqual(['repair stop', 'repair hang', 'repair kill']);
    expect(outcomes.map(({ text }) => text).slice(3)).toEqual([
      'Repair: stop repaired; hang repaired; kill repaired.',
      'Nothing is broken.',
    ]);
  });

  it('say what did not work, and go on', async () => {
    const { runner, store } = set({ fill: new Error('the queue is nailed shut') });
    expect(await runner.press('fill')).toEqual({ ok: false, text: 'That did not work: the queue is nailed shut' });
    expect([runner.state('fill'), store.records.causes]).toEqual(['ready', []]);
    expect((await runner.press('fail')).ok).toBe(true);
  });

  it('are followed to the metric that shows them, and to the one that shows the repair', async () => {
    const { runner, store } = set();
    const ended = new AbortController();
    const following = runner.follow(ended.signal);
    const noted = (what: 'seen' | 'mended'): Promise<string> =>
      new Promise((resolve) => {
        const end = store.onChange(() => {
          const sighting = store.records.causes[0]?.[what];
          if (sighting === undefined) return;
          end();
          resolve(sighting.what);
        });
      });
    const seen = noted('seen');
    await runner.press('fail');
    expect(await seen).toBe('bad 1');
    const mended = noted('mended');
    await runner.repair();
    expect(await mended).toBe('bad 0');
    ended.abort();
    await following;
  });
});
