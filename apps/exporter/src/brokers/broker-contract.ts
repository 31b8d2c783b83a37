// The contract of brokers as tests: every implementation's test calls this with a broker of its own.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Message, RefusalReason } from '@celery-watch/celery-protocol';
import { waitFor } from '@celery-watch/testbed';
import type { Broker, BrokerListener } from './broker.js';

/** A message as a worker hands it to its transport: what stands in the body is serialized already. */
export interface SentMessage {
  readonly body: Buffer;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A broker with hands on its other side: those of workers and of an administrator. */
export interface BrokerGround {
  readonly broker: Broker;
  /** What the broker can tell at all. */
  readonly tells: {
    /** The message that a queue gives next, for each priority that has a place of its own. */
    readonly heads: boolean;
    readonly unacked: boolean;
    /** Queues that are bound on the broker. */
    readonly bound: boolean;
    /** How many hear a broadcast. */
    readonly listeners: boolean;
    readonly consumers: boolean;
  };
  publishEvent(message: SentMessage): Promise<void>;
  publishReply(message: SentMessage): Promise<void>;
  /** What only this transport can get wrong, on the event exchange. */
  readonly malformed: readonly { readonly publish: () => Promise<void>; readonly reason: RefusalReason }[];
  /** Tasks that wait, the one that is taken next first; those of a higher priority may have a place of their own. */
  putTasks(queue: string, ids: readonly string[], priority?: number): Promise<void>;
  /** How many messages workers hold. */
  holdMessages(count: number): Promise<void>;
  /** Somebody consumes the queue, in which nothing waits. */
  consume(queue: string): Promise<void>;
  bind(exchange: string, queue: string): Promise<void>;
  /** Remote-control requests as a worker hears them, from the broker's start on. */
  requests(): Promise<readonly { method: string; destination: readonly string[] | null; ticket: string }[]>;
  down(): Promise<void>;
  up(): Promise<void>;
  /** What the broker has left behind, once its run has ended: keys, queues, connections. */
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
      for (const event of EVENTS) await ground.publishEvent(event);
      await heard.until('the last event', () => heard.events.length >= EVENTS.length);
      expect(heard.events.map(({ body }) => body.toString())).toEqual(EVENTS.map(textOf));
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
      for (const body of bodies) await ground.publishEvent(message(body, { hostname: 'h' }));
      await ground.publishReply(message(bodies[2], { ticket: 't' }));
      await heard.until('all of them', () => heard.events.length === bodies.length && heard.replies.length === 1);
      expect(heard.events.map(({ body }) => JSON.parse(body.toString()) as unknown)).toEqual(bodies);
      expect(JSON.parse(String(heard.replies[0]?.body))).toEqual(bodies[2]);
    });

    it('brings replies, also many at once and of workers that were not asked', async () => {
      await begin();
      const replies = Array.from({ length: 30 }, (_, i) =>
        message({ [`w${String(i)}@example`]: { ok: 'pong' } }, { ticket: `t${String(i)}` }),
      );
      await Promise.all(replies.map((reply) => ground.publishReply(reply)));
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
      expect([first, second]).toEqual(ground.tells.listeners ? [1, 1] : [undefined, undefined]);
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

    it('reads queues over all priorities: lengths, and what else it can tell', async () => {
      await begin();
      const { tells } = ground;
      await ground.putTasks('busy', ['a1', 'a2']);
      await ground.putTasks('busy', ['b1', 'b2', 'b3'], 3);
      await ground.putTasks('other', ['c1'], 3);
      await ground.holdMessages(7);
      if (tells.consumers) await ground.consume('taken');
      const readings = await waitFor(
        async () => {
          const seen = await ground.broker.readQueues(['busy', 'other', 'nobody', 'taken']);
          // What workers hold may be told a moment later.
          return (!tells.unacked || seen.unacked === 7) && seen.lengths.get('busy') === 5 && seen;
        },
        { within: SOON, what: 'the queues as they are' },
      );
      const { lengths, unacked, heads, consumers, delayed } = readings;
      expect([...lengths]).toEqual([
        ['busy', 5],
        ['other', 1],
        ['nobody', 0],
        ['taken', 0],
      ]);
      expect(unacked).toBe(tells.unacked ? 7 : undefined);
      expect(delayed).toBeUndefined();
      if (tells.consumers) expect([consumers.get('busy'), consumers.get('taken')]).toEqual([0, 1]);
      else expect(consumers).toEqual(new Map());
      const ids = (queue: string): unknown => heads.get(queue)?.map(({ id }) => id);
      if (tells.heads) expect([ids('busy'), ids('other'), ids('nobody')]).toEqual([['a1', 'b1'], ['c1'], []]);
      else expect(heads).toEqual(new Map());
      expect((await ground.broker.readQueues([])).lengths).toEqual(new Map());
    });

    it('tells which queues are bound, each once', async () => {
      await begin();
      if (!ground.tells.bound) return expect(await ground.broker.boundQueues()).toEqual([]);
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
      const { malformed } = ground;
      for (const { publish } of malformed) await publish();
      await ground.publishEvent(message({}, { compression: 'x-bz2' }));
      await ground.publishReply(message({}, { compression: 'x-bz2' }));
      await ground.publishEvent(message({ type: 'worker-heartbeat' }, { hostname: 'last@example' }));
      await heard.until('the event behind', () =>
        heard.events.some(({ headers }) => headers['hostname'] === 'last@example'),
      );
      await heard.until('all refusals', () => heard.refusals.length >= malformed.length + 2);
      const reasons = malformed.map(({ reason }) => reason);
      expect(heard.refusals.sort()).toEqual([...reasons, 'compression', 'compression'].sort());
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
      await ground.publishEvent(EVENTS[0] as SentMessage);
      await heard.until('the first event', () => heard.events.length === 1);
      await ground.down();
      await heard.until('a reason', () => heard.reasons.length > 0);
      await rejectsEverything();
      await ground.up();
      await heard.until('listening again', () => heard.connections.length === 2);
      expect(heard.connections).toEqual([false, true]);
      await ground.publishEvent(EVENTS[1] as SentMessage);
      await heard.until('the second event', () => heard.events.length === 2);
      expect(heard.events.map(({ body }) => body.toString())).toEqual(EVENTS.slice(0, 2).map(textOf));
      expect((await ground.broker.readQueues(['celery'])).lengths).toEqual(new Map([['celery', 0]]));
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

/** The events of a real worker (libs/celery-protocol/captures). */
export const EVENTS: readonly SentMessage[] = readFileSync(
  new URL('../../../../libs/celery-protocol/captures/redis-5.6.3-prefork.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { channel: string; payload: string })
  .filter(({ channel }) => channel.startsWith('/0.celeryev/'))
  .map(({ payload }) => {
    const { body, headers } = JSON.parse(payload) as { body: string; headers: Record<string, unknown> };
    return { contentType: 'application/json', headers, body: Buffer.from(body, 'base64') };
  });

/** A message with a JSON body. */
export function message(body: unknown, headers: Readonly<Record<string, unknown>>): SentMessage {
  return { contentType: 'application/json', headers, body: Buffer.from(JSON.stringify(body)) };
}

const textOf = ({ body }: SentMessage): string => body.toString();
