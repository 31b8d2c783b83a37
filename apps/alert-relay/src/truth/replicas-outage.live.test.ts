// Two relays whose database goes away: posts are refused at once, nothing that was taken is lost, and it goes on.
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import {
  type PostgresServer,
  type RunningRelay,
  startSlackReceiver,
  startTcpProxy,
  type TcpProxy,
  Testbed,
  waitFor,
} from '@celery-watch/testbed';
import { startReplicas } from './replicas.js';
import { postOf } from './testing.js';

interface Posted {
  readonly id: string;
  readonly status: number;
  readonly ms: number;
  /** When it was answered. */
  readonly at: number;
}

/** Posts new alerts to each of the relays by turns, whatever they answer, until it is told to end. */
class Stream {
  readonly posted: Posted[] = [];
  readonly #ends = new AbortController();
  readonly #runs: readonly Promise<void>[];

  constructor(relays: readonly RunningRelay[]) {
    this.#runs = relays.map((relay, index) => this.#run(relay, index));
  }

  get taken(): readonly string[] {
    return this.posted.filter(({ status }) => status === 200).map(({ id }) => id);
  }

  since(at: number): readonly Posted[] {
    return this.posted.filter((each) => each.at - each.ms >= at);
  }

  async end(): Promise<void> {
    this.#ends.abort();
    await Promise.all(this.#runs);
  }

  async #run(relay: RunningRelay, index: number): Promise<void> {
    for (let count = 0; !this.#ends.signal.aborted; count++) {
      const id = `Q${index}n${count}q`;
      const began = performance.now();
      const { status } = await relay.post(
        postOf(id, [{ labels: { alertname: 'Q', id }, annotations: { summary: id } }]),
      );
      const at = performance.now();
      this.posted.push({ id, status, ms: at - began, at });
      await delay(50);
    }
  }
}

interface Site {
  readonly first: PostgresServer;
  readonly second: PostgresServer & { promote(): Promise<void> };
  readonly way: TcpProxy;
}

interface Outage {
  readonly name: string;
  readonly begin: (site: Site) => Promise<unknown>;
  readonly end: (site: Site) => Promise<unknown>;
  /** The first posts may have to wait for an answer that does not come. */
  readonly firstWithin: number;
}

const OUTAGES: readonly Outage[] = [
  { name: 'stops', begin: ({ first }) => first.stop(), end: ({ first }) => first.restart(), firstWithin: 1_000 },
  { name: 'is killed', begin: ({ first }) => first.kill(), end: ({ first }) => first.restart(), firstWithin: 1_000 },
  {
    name: 'answers nobody any more',
    begin: ({ first }) => first.pause(),
    end: ({ first }) => {
      first.resume();
      return Promise.resolve();
    },
    firstWithin: 10_000,
  },
  {
    name: 'is killed, and its standby takes over',
    begin: ({ first }) => first.kill(),
    end: async ({ second, way }) => {
      await second.promote();
      way.lead(second);
    },
    firstWithin: 1_000,
  },
];

describe('two relays on one database', () => {
  it.each(OUTAGES)('go on when it $name', async ({ begin, end, firstWithin }) => {
    await using bed = new Testbed();
    await using people = await startSlackReceiver({ now: hasty() });
    const first = await bed.postgres({ password: 'database-secret-0815' });
    const second = await first.standby({ synchronous: true });
    const { name } = await first.database();
    await using way = await startTcpProxy(first);
    const relays = await startReplicas(bed, 2, first.urlFor(name, { port: way.port }), {
      channels: [
        { name: 'people', type: 'slack', webhook_url: people.url, budget: { per_minute: 1_000, per_second: 20 } },
      ],
      route: { channels: ['people'] },
    });
    const stream = new Stream(relays);
    const told = (): string => people.received.map(({ text }) => text).join('\n');
    await waitFor(() => stream.taken.length > 20, { within: 20_000, what: 'posts to be taken' });

    await begin({ first, second, way });
    const began = performance.now();
    for (const relay of relays) {
      await waitFor(async () => (await relay.get('/readyz')).status === 503, {
        within: firstWithin + 5_000,
        what: 'the relay to say that it is not ready',
      });
      expect((await relay.get('/healthz')).status).toBe(200);
      // An operator hears the store's own sentence, and not that this were no relay.
      for (const path of ['/-/history', '/-/dead', '/-/quarantine', '/-/history/1']) {
        const { status, text } = await relay.get(path);
        expect([status, JSON.parse(text)]).toEqual([503, { status: 'unavailable', error: expect.any(String) }]);
      }
    }
    const known = performance.now();
    await waitFor(() => stream.since(known).length > 20, { within: 30_000, what: 'posts during the outage' });
    // What does not come through at once is told so at once.
    for (const { status, ms } of stream.since(known)) expect([status, ms < 1_000]).toEqual([503, true]);
    for (const { status, ms } of stream.since(began)) expect([status, ms < firstWithin]).toEqual([503, true]);

    await end({ first, second, way });
    for (const relay of relays)
      await waitFor(async () => (await relay.get('/readyz')).status === 200, {
        within: 30_000,
        what: 'the relay to be ready again',
      });
    const over = performance.now();
    await waitFor(() => stream.since(over).filter(({ status }) => status === 200).length > 20, {
      within: 30_000,
      what: 'posts to be taken again',
    });
    await stream.end();
    await relays[0]?.until('nothing to wait', (page) => page.sum('alert_relay_pending_notifications') === 0, 90_000);
    expect(stream.taken.filter((id) => !told().includes(id))).toEqual([]);
    expect((await relays[0]?.page())?.sum('alert_relay_dead_letters')).toBe(0);
    // Twice only with the words that say so.
    const times = (id: string): number => people.received.filter(({ text }) => text.includes(id)).length;
    const twice = stream.taken.filter((id) => times(id) > 1);
    for (const id of twice) {
      const again = people.received.filter(({ text }) => text.includes(id)).slice(1);
      expect(again.every(({ text }) => text.includes('Possible duplicate'))).toBe(true);
    }
    for (const relay of relays) {
      expect(relay.written()).not.toContain('database-secret-0815');
      expect((await relay.process.stop()).code).toBe(0);
    }
  });
});

/** A clock of the server that lets it take more in a second. */
function hasty(): () => number {
  const began = Date.now();
  return () => began + (Date.now() - began) * 600;
}
