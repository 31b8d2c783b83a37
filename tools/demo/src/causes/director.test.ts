// What the buttons may do, in which order, and what is noted of it; with causes that only write down that they were
// asked.
import { describe, expect, it } from '@jest/globals';
import { readScrape } from '@celery-watch/testbed';
import { RecordStore } from '../hops/record-store.js';
import type { Cause, CauseName } from './table.js';
import { Director } from './director.js';

function set(broken: Partial<Record<CauseName, Error>> = {}): {
  director: Director;
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
    director: new Director({ causes, store, metrics: () => Promise.resolve(readScrape(`bad ${bad()}\n`)), everyMs: 1 }),
    store,
    did,
  };
}

describe('the buttons', () => {
  it('do a thing once, until it is repaired', async () => {
    const { director, did } = set();
    expect(await director.press('fail')).toEqual({ ok: true, text: 'fail: fail made.' });
    expect(await director.press('fail')).toEqual({ ok: false, text: '“fail” is on already: repair first.' });
    expect(director.state('fail')).toBe('on');
    await director.repair();
    expect(director.state('fail')).toBe('ready');
    expect(did).toEqual(['make fail', 'repair fail']);
  });

  it('need Redis where they send tasks', async () => {
    const { director, did } = set();
    await director.press('stop');
    expect((await director.press('fill')).text).toContain('needs Redis, which is stopped');
    expect((await director.press('kill')).ok).toBe(true);
    expect(did).toEqual(['make stop', 'make kill']);
  });

  it('repair everything, the broker first, one after the other however fast they are pressed', async () => {
    const { director, did } = set();
    const outcomes = await Promise.all([
      director.press('hang'),
      director.press('kill'),
      director.press('stop'),
      director.repair(),
      director.repair(),
    ]);
    expect(did.slice(3)).toEqual(['repair stop', 'repair hang', 'repair kill']);
    expect(outcomes.map(({ text }) => text).slice(3)).toEqual([
      'Repair: stop repaired; hang repaired; kill repaired.',
      'Nothing is broken.',
    ]);
  });

  it('say what did not work, and go on', async () => {
    const { director, store } = set({ fill: new Error('the queue is nailed shut') });
    expect(await director.press('fill')).toEqual({ ok: false, text: 'That did not work: the queue is nailed shut' });
    expect([director.state('fill'), store.records.causes]).toEqual(['ready', []]);
    expect((await director.press('fail')).ok).toBe(true);
  });

  it('are followed to the metric that shows them, and to the one that shows the repair', async () => {
    const { director, store } = set();
    const ended = new AbortController();
    const following = director.follow(ended.signal);
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
    await director.press('fail');
    expect(await seen).toBe('bad 1');
    const mended = noted('mended');
    await director.repair();
    expect(await mended).toBe('bad 0');
    ended.abort();
    await following;
  });
});
