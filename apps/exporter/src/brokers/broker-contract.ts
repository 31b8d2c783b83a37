// The contract of brokers as tests: every implementation's test calls this with a broker of its own.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Message, RefusalReason } from '@celery-watch/celery-protocol';
import { waitFor } from '@celery-watch/testbed';
import type { Broker, BrokerListener } from './broker.js';

/** A broker with hands on its other side: those of workers and of an administrator. */
export interface BrokerGround {
  readonly broker: Broker;
  /** Priority steps other than 0 that the broker was opened with. */
  readonly steps: readonly number[];
  publishEvent(payload: Buffer): Promise<void>;
  publishReply(payload: Buffer): Promise<void>;
  /** The one that is taken next first. */
  putMessages(queue: string, step: number, payloads: readonly Buffer[]): Promise<void>;
  /** How many messages workers hold. */
  holdMessages(count: number): Promise<void>;
  bind(exchange: string, queue: string): Promise<void>;
  /** Remote-control requests as a worker hears them, from the broker's start on. */
  requests(): Promise<readonly { method: string; destination: readonly string[] | null; ticket: string }[]>;
  down(): Promise<void>;
  up(): Promise<void>;
  /** What the broker has left behind, once its run has ended: keys, connections. */
  leftovers(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Milliseconds: machines that run tests may be busy. */
const SOON = 20_000;

/** @param open a fresh ground with the broker there, not running yet; with `down` the broker is away. */
export function brokerContract(name: string, open: (start: { readonly down: boolean }) => Promise<BrokerGround>): void {
  describe(`the contract of brokers: ${name}`, () => {
    let ground: BrokerGround;
    let heard: Recorder;
    let stop: AbortController;
    let running: Promise<void> | undefined;

    const begin = async (start = { down: false }): Promise<void> => {
      ground = await open(start);
      running = ground.broker.run(heard, stop.signal);
      if (!start.down) await heard.until('listening', () => heard.connections.length === 1);
    };
    beforeEach(() => {
      heard = new Recorder();
      stop = new AbortController();
    });
    afterEach(async () => {
      stop.abort();
      await running;
      await ground.close();
    });

    it('says once that it listens, and brings each event once, in order', async () => {
      await begin();
      for (const payload of EVENTS) await ground.publishEvent(payload);
      await heard.until('the last event', () => heard.events.length >= EVENTS.length);
      expect(heard.events.map(({ body }) => body.toString())).toEqual(EVENTS.map(bodyOf));
      expect(heard.events[0]).toMatchObject({
        contentType: 'application/json',
        headers: { hostname: 'worker1@example' },
      });
      expect(heard.connections).toEqual([false]);
      expect([heard.reasons, heard.refusals, heard.replies]).toEqual([[], [], []]);
    });

    it('brings messages of any size that a worker may send', async () => {
      await begin();
      const bodies = [{ text: 'ä\u0000\ud800' }, { text: 'x'.repeat(70_000) }, { text: 'y'.repeat(3_000_000) }];
      for (const body of bodies) await ground.publishEvent(envelope(body, { hostname: 'h' }));
      await ground.publishReply(envelope(bodies[2], { ticket: 't' }));
      await heard.until('all of them', () => heard.events.length === bodies.length && heard.replies.length === 1);
      expect(heard.events.map(({ body }) => JSON.parse(body.toString()) as unknown)).toEqual(bodies);
      expect(JSON.parse(String(heard.replies[0]?.body))).toEqual(bodies[2]);
    });

    it('brings replies, also many at once and of workers that were not asked', async () => {
      await begin();
      const replies = Array.from({ length: 30 }, (_, i) =>
        envelope({ [`w${String(i)}@example`]: { ok: 'pong' } }, { ticket: `t${String(i)}` }),
      );
      await Promise.all(replies.map((payload) => ground.publishReply(payload)));
      await heard.until('all replies', () => heard.replies.length >= replies.length);
      expect(heard.replies.map(({ headers }) => headers['ticket']).sort()).toEqual(
        replies.map((_, i) => `t${String(i)}`).sort(),
      );
      expect(heard.events).toEqual([]);
    });

    it('broadcasts to all workers or to some, with the ticket of the caller, and says how many heard it', async () => {
      await begin();
      const first = await ground.broker.broadcast({ method: 'ping', ticket: 't1' });
      const second = await ground.broker.broadcast({
        method: 'stats',
        ticket: 't2',
        destination: ['w1@example', 'w2@example'],
      });
      expect([first, second]).toEqual([1, 1]);
      const requests = await waitFor(
        async () => {
          const seen = await ground.requests();
          return seen.length >= 2 && seen;
        },
        { within: SOON, what: 'two requests at the worker' },
      );
      expect(requests).toMatchObject([
        { method: 'ping', destination: null, ticket: 't1' },
        { method: 'stats', destination: ['w1@example', 'w2@example'], ticket: 't2' },
      ]);
    });

    it('refuses to broadcast to an empty list of workers, which would reach them all', async () => {
      await begin();
      await expect(ground.broker.broadcast({ method: 'ping', ticket: 't', destination: [] })).rejects.toThrow(
        TypeError,
      );
    });

    it('reads queues over all priority steps: lengths, what is taken next, what workers hold', async () => {
      await begin();
      const [step = 0, other = 0] = ground.steps;
      await ground.putMessages('busy', 0, [task('a1'), task('a2')]);
      await ground.putMessages('busy', step, [task('b1'), task('b2'), task('b3')]);
      await ground.putMessages('busy', other, [Buffer.from('not an envelope')]);
      await ground.putMessages('other', step, [task('c1')]);
      await ground.holdMessages(7);
      const { lengths, unacked, heads } = await ground.broker.readQueues(['busy', 'other', 'nobody']);
      expect(lengths).toEqual(
        new Map([
          ['busy', 6],
          ['other', 1],
          ['nobody', 0],
        ]),
      );
      expect(unacked).toBe(7);
      expect(heads).toEqual(
        new Map([
          [
            'busy',
            [
              { id: 'a1', eta: null },
              { id: 'b1', eta: null },
              { id: expect.any(String), eta: null, unread: expect.stringContaining('not JSON') },
            ],
          ],
          ['other', [{ id: 'c1', eta: null }]],
          ['nobody', []],
        ]),
      );
      expect((await ground.broker.readQueues([])).lengths).toEqual(new Map());
    });

    it('tells which queues are bound, each once', async () => {
      await begin();
      await ground.bind('celery', 'celery');
      await ground.bind('media', 'video');
      await ground.bind('media', 'audio');
      await ground.bind('more', 'video');
      await waitFor(async () => (await ground.broker.boundQueues()).join() === 'audio,celery,video', {
        within: SOON,
        what: 'the bound queues',
      });
    });

    it('counts what cannot be opened as refused, and goes on', async () => {
      await begin();
      for (const { payload } of MALFORMED) await ground.publishEvent(payload);
      await ground.publishReply(Buffer.from('{"body": 1}'));
      await ground.publishEvent(envelope({ type: 'worker-heartbeat' }, { hostname: 'last@example' }));
      await heard.until('the event behind', () =>
        heard.events.some(({ headers }) => headers['hostname'] === 'last@example'),
      );
      await heard.until('all refusals', () => heard.refusals.length >= MALFORMED.length + 1);
      expect(heard.refusals.sort()).toEqual([...MALFORMED.map(({ reason }) => reason), 'bad_envelope'].sort());
      expect(heard.connections).toEqual([false]);
    });

    it('says why it cannot connect, rejects questions meanwhile, and listens as soon as the broker is there', async () => {
      await begin({ down: true });
      await heard.until('a reason', () => heard.reasons.length > 0);
      expect(heard.reasons[0]).toMatch(/\S/);
      expect(heard.connections).toEqual([]);
      await rejectsEverything();
      await ground.up();
      await heard.until('listening', () => heard.connections.length === 1);
      expect(heard.connections).toEqual([false]);
    });

    it('says that the broker is lost and that it listens again, and events come again', async () => {
      await begin();
      await ground.publishEvent(EVENTS[0] as Buffer);
      await heard.until('the first event', () => heard.events.length === 1);
      await ground.down();
      await heard.until('a reason', () => heard.reasons.length > 0);
      await rejectsEverything();
      await ground.up();
      await heard.until('listening again', () => heard.connections.length === 2);
      expect(heard.connections).toEqual([false, true]);
      await ground.publishEvent(EVENTS[1] as Buffer);
      await heard.until('the second event', () => heard.events.length === 2);
      expect(heard.events.map(({ body }) => body.toString())).toEqual(EVENTS.slice(0, 2).map(bodyOf));
      await expect(ground.broker.readQueues(['celery'])).resolves.toMatchObject({ unacked: 0 });
    });

    it.each([false, true])(
      'ends within half a second of the signal and leaves nothing (broker away: %s)',
      async (down) => {
        await begin({ down });
        if (down) await heard.until('a reason', () => heard.reasons.length > 0);
        else await ground.broker.broadcast({ method: 'ping', ticket: 't' });
        const seen = heard.reasons.length;
        const began = performance.now();
        stop.abort();
        await running;
        expect(performance.now() - began).toBeLessThan(500);
        expect(heard.reasons).toHaveLength(seen);
        await rejectsEverything();
        if (down) await ground.up();
        expect(await ground.leftovers()).toEqual([]);
      },
    );

    it('does not start at all when the signal has aborted before', async () => {
      stop.abort();
      ground = await open({ down: false });
      await ground.broker.run(heard, stop.signal);
      expect([heard.connections, heard.reasons]).toEqual([[], []]);
      expect(await ground.leftovers()).toEqual([]);
    });

    const rejectsEverything = async (): Promise<void> => {
      const { broker } = ground;
      const questions = [
        () => broker.broadcast({ method: 'ping', ticket: 't' }),
        () => broker.readQueues(['celery']),
        () => broker.boundQueues(),
      ];
      for (const question of questions) await expect(question()).rejects.toThrow(/no connection to the broker/);
    };
  });
}

/** A listener that writes down what it is told. */
export class Recorder implements BrokerListener {
  readonly connections: boolean[] = [];
  readonly reasons: string[] = [];
  readonly events: Message[] = [];
  readonly replies: Message[] = [];
  readonly refusals: RefusalReason[] = [];
  readonly blocks: (string | undefined)[] = [];
  lost = 0;

  connected(again: boolean): void {
    this.connections.push(again);
  }

  disconnected(reason: string): void {
    this.reasons.push(reason);
  }

  event(message: Message): void {
    this.events.push(message);
  }

  reply(message: Message): void {
    this.replies.push(message);
  }

  refused(reason: RefusalReason): void {
    this.refusals.push(reason);
  }

  dropped(events: number): void {
    this.lost += events;
  }

  blocked(reason: string | undefined): void {
    this.blocks.push(reason);
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    try {
      await waitFor(condition, { within: SOON, what, every: 5 });
    } catch (error) {
      throw new Error(`${(error as Error).message}; reasons so far: ${this.reasons.slice(-5).join('; ') || 'none'}`, {
        cause: error,
      });
    }
  }
}

/** The events of a real worker, as they were published (libs/celery-protocol/captures). */
export const EVENTS: readonly Buffer[] = readFileSync(
  new URL('../../../../libs/celery-protocol/captures/redis-5.6.3-prefork.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { channel: string; payload: string })
  .filter(({ channel }) => channel.startsWith('/0.celeryev/'))
  .map(({ payload }) => Buffer.from(payload));

/** An envelope as kombu writes it, around a JSON body. */
export function envelope(body: unknown, headers: Readonly<Record<string, unknown>>): Buffer {
  const properties = {
    delivery_mode: 1,
    delivery_info: { exchange: '', routing_key: 'x' },
    priority: 0,
    body_encoding: 'base64',
    delivery_tag: '3364bae5-32ec-4379-9918-2586b9186188',
  };
  const encoded = Buffer.from(JSON.stringify(body)).toString('base64');
  return Buffer.from(
    JSON.stringify({
      body: encoded,
      'content-encoding': 'utf-8',
      'content-type': 'application/json',
      headers,
      properties,
    }),
  );
}

const task = (id: string): Buffer => envelope([[1, 2], {}, {}], { lang: 'py', task: 'facts.add', id, eta: null });

const bodyOf = (payload: Buffer): string =>
  Buffer.from((JSON.parse(payload.toString()) as { body: string }).body, 'base64').toString();

const MALFORMED: readonly { payload: Buffer; reason: RefusalReason }[] = [
  { payload: Buffer.from(''), reason: 'not_json' },
  { payload: Buffer.from('hello'), reason: 'not_json' },
  { payload: Buffer.from([0xff, 0xfe, 0x00, 0x0d, 0x0a, 0x80]), reason: 'not_json' },
  { payload: (EVENTS[0] as Buffer).subarray(0, 100), reason: 'not_json' },
  { payload: Buffer.from('[]'), reason: 'bad_envelope' },
  { payload: Buffer.from('{"body": {"a": 1}}'), reason: 'bad_envelope' },
  { payload: Buffer.alloc(100_000, '{'), reason: 'not_json' },
  { payload: envelope({}, { compression: 'x-bz2' }), reason: 'compression' },
  { payload: Buffer.alloc(17 * 1024 * 1024, 'a'), reason: 'too_large' },
];
