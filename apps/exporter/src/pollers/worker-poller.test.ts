// What workers are asked when, and what their answers change; time is moved by hand.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Message } from '@celery-watch/celery-protocol';
import { memoryLog } from '@celery-watch/service';
import type { Broadcast, Broker } from '../brokers/broker.js';
import { metric, samples } from '../tracking/custom/testing.js';
import { Stage } from '../tracking/testing.js';
import type { WorkerProcess } from '../tracking/workers/worker.js';
import { type PollerSettings, WorkerPoller } from './worker-poller.js';

const ENABLED = { ok: 'task events enabled' };

/** A poller whose questions are kept, and answered by the test alone. */
class Scene {
  readonly stage: Stage;
  readonly questions: Broadcast[] = [];
  readonly stop = new AbortController();
  readonly log = memoryLog();
  readonly poller: WorkerPoller;
  isAway = false;
  /** How many hear a question, as the broker says. */
  listeners: number | undefined = 1;

  constructor(settings: Partial<PollerSettings> = {}, stage = new Stage()) {
    this.stage = stage;
    const broker: Pick<Broker, 'broadcast'> = {
      broadcast: (question) => {
        if (this.isAway) return Promise.reject(new Error('no connection'));
        this.questions.push(question);
        return Promise.resolve(this.listeners);
      },
    };
    const all = {
      remoteControl: true,
      enableEvents: true,
      queues: [],
      queueInterval: 15,
      workerInterval: 30,
      longestAnswer: 3600,
      ...settings,
    };
    this.poller = new WorkerPoller(
      broker as Broker,
      this.stage.model,
      all,
      this.log.log,
      () => this.stage.now,
      () => undefined,
    );
    this.stage.model.onWorkerStarted = (process) => void this.poller.greet(process, this.stop.signal);
  }

  /** Real time for the pauses, and as much on the exporter's clock. */
  async pass(milliseconds: number): Promise<void> {
    this.stage.now += milliseconds / 1000;
    await jest.advanceTimersByTimeAsync(milliseconds);
  }

  /** The kinds of questions since the last look. */
  asked(): readonly string[] {
    return this.questions.splice(0).map(({ method, destination }) => `${method} ${destination?.join(' ') ?? 'all'}`);
  }

  answer({ ticket }: Broadcast, nodename: string, result: unknown): void {
    const message: Message = {
      contentType: 'application/json',
      headers: { ticket },
      body: Buffer.from(JSON.stringify({ [nodename]: result })),
    };
    this.poller.reply(message);
  }

  process(nodename = 'celery@one'): WorkerProcess {
    const found = this.stage.model.workers.get(nodename)?.current();
    if (found === undefined) throw new Error(`no worker ${nodename}`);
    return found;
  }
}

describe('a new worker', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const ALL_THREE = ['enable_events celery@one', 'active_queues celery@one', 'stats celery@one'];

  it('is asked for everything within moments, and no more once it has answered', async () => {
    const scene = new Scene();
    scene.stage.deliver(scene.stage.worker().online());
    await scene.pass(20);
    const [enable] = scene.questions;
    expect(scene.asked()).toEqual(ALL_THREE);
    scene.answer(enable as Broadcast, 'celery@one', ENABLED);
    await scene.pass(60_000);
    expect(scene.asked()).toEqual([]);
    expect(scene.process().taskEvents).toBe('on');
    expect(scene.log.lines.map(({ msg }) => msg)).toEqual(['task events switched on']);
  });

  it('that does not listen yet is asked again, less and less often, and then left to the regular rounds', async () => {
    const scene = new Scene();
    scene.stage.deliver(scene.stage.worker().online());
    const rounds: number[] = [];
    for (const milliseconds of [20, 30, 100, 300, 1000, 3000, 60_000]) {
      await scene.pass(milliseconds);
      rounds.push(scene.asked().length / 3);
    }
    expect(rounds).toEqual([1, 1, 1, 1, 1, 1, 0]);
  });

  it('that came online again is asked again, even if its events were on before', async () => {
    const scene = new Scene();
    const worker = scene.stage.worker();
    scene.stage.deliver(worker.online());
    await scene.pass(20);
    scene.answer(scene.questions[0] as Broadcast, 'celery@one', ENABLED);
    scene.asked();
    scene.stage.deliver(worker.online());
    await scene.pass(20);
    expect(scene.asked()).toEqual(ALL_THREE);
  });

  it('is asked together with others that come in the same moment, and only those again that have not answered', async () => {
    const scene = new Scene();
    scene.stage.deliver(scene.stage.worker('a@one', 1).online(), scene.stage.worker('b@one', 2).online());
    await scene.pass(20);
    expect(scene.questions.map(({ destination }) => destination)).toEqual(
      Array.from({ length: 3 }, () => ['a@one', 'b@one']),
    );
    scene.answer(scene.questions[0] as Broadcast, 'a@one', ENABLED);
    scene.asked();
    await scene.pass(30);
    expect(scene.asked()).toEqual(['enable_events b@one', 'active_queues b@one', 'stats b@one']);
  });

  it('is asked for its queues and its pool alone where events are not to be switched on', async () => {
    const scene = new Scene({ enableEvents: false });
    scene.stage.deliver(scene.stage.worker().online());
    await scene.pass(20);
    const [queues] = scene.questions;
    expect(scene.asked()).toEqual(['active_queues celery@one', 'stats celery@one']);
    scene.answer(queues as Broadcast, 'celery@one', [{ name: 'q', exchange: { name: 'q' } }]);
    await scene.pass(60_000);
    expect(scene.asked()).toEqual([]);
    expect(scene.process().owner.queues).toEqual([{ name: 'q', exchange: 'q' }]);
  });

  it('that leaves at once is asked nothing', async () => {
    const scene = new Scene();
    const worker = scene.stage.worker();
    scene.stage.deliver(worker.online(), worker.offline());
    await scene.pass(60_000);
    expect(scene.asked()).toEqual([]);
  });

  it('is not asked again when the broker has gone: there is a round of questions when it is back', async () => {
    const scene = new Scene();
    scene.stage.deliver(scene.stage.worker().online());
    scene.isAway = true;
    await scene.pass(20);
    scene.isAway = false;
    await scene.pass(60_000);
    expect(scene.asked()).toEqual([]);
    expect(scene.poller.record.failures).toBe(1);
  });

  it('is not asked any more when the exporter stops', async () => {
    const scene = new Scene();
    scene.stage.deliver(scene.stage.worker().online());
    scene.stop.abort();
    await scene.pass(60_000);
    expect(scene.asked()).toEqual([]);
  });
});

describe('two workers that share one name', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const stats = (processes: number[]) => ({ pid: 1, pool: { 'max-concurrency': 2, processes } });
  const queue = (name: string) => ({ name, exchange: { name } });

  it('answer each question twice: they show as two, with the sum of their pools and all of their queues', async () => {
    const scene = new Scene();
    scene.stage.deliver(scene.stage.worker('celery@one', 1).online());
    for (let round = 0; round < 2; round++) {
      await scene.poller.round();
      for (const question of scene.questions.splice(0)) {
        const answers: readonly unknown[] =
          question.method === 'active_queues'
            ? [[queue('a')], [queue('b'), queue('a')]]
            : question.method === 'stats'
              ? [stats([7, 8]), stats([7, 8, 9])]
              : [ENABLED, ENABLED];
        for (const answer of answers) scene.answer(question, 'celery@one', answer);
      }
    }
    const worker = scene.stage.known();
    expect([worker.instances, worker.pool?.processes, worker.queues?.map(({ name }) => name)]).toEqual([
      2,
      5,
      ['a', 'b'],
    ]);
    expect(scene.stage.model.workers.countUp).toBe(2);
  });

  it('are believed to have ended a run only when neither lists it', async () => {
    const scene = new Scene();
    const [one, two] = [10, 20].map((pid) => scene.stage.worker('celery@one', pid));
    if (one === undefined || two === undefined) throw new Error('two workers');
    scene.stage.deliver(one.online(), two.online());
    scene.stage.wait(1);
    scene.stage.deliver(one.started('a'), one.started('b'), two.started('c'));
    one.active = 1;
    for (let i = 0; i < 3; i++) {
      scene.stage.wait(2);
      scene.stage.deliver(one.heartbeat(), two.heartbeat());
    }
    expect(scene.stage.known().instances).toBe(2);
    await scene.poller.round();
    const question = scene.questions.find(({ method }) => method === 'active');
    scene.answer(question as Broadcast, 'celery@one', [{ id: 'c' }]);
    scene.stage.wait(2);
    scene.stage.deliver(one.heartbeat(), two.heartbeat());
    expect(scene.stage.counts('unknown', 'unknown')).toEqual({ started: 3, running: 3 });
    scene.answer(question as Broadcast, 'celery@one', [{ id: 'a' }]);
    scene.stage.wait(2);
    scene.stage.deliver(one.heartbeat(), two.heartbeat());
    expect(scene.stage.counts('unknown', 'unknown')).toEqual({ started: 3, running: 2, unresolved: 1 });
  });
});

describe('what a task is called that was running before the exporter came', () => {
  const scenes = (): Scene => {
    const of = metric('gauge', { combine: 'sum', labels: { task: '$task', queue: '$queue' } });
    const scene = new Scene({}, new Stage({ custom: [of] }));
    scene.stage.model.onWorkerStarted = () => undefined;
    return scene;
  };

  it('is asked for once, and told before its first word is shown', async () => {
    const scene = scenes();
    const { stage, poller } = scene;
    const worker = stage.worker();
    stage.deliver(
      worker.heartbeat(),
      worker.make('told', { uuid: 'a', n: 5 }),
      worker.make('told', { uuid: 'a', n: 6 }),
    );
    await poller.learnNames();
    expect(scene.asked()).toEqual([]);
    stage.wait(1);
    await poller.learnNames();
    const [question] = scene.questions;
    stage.known().queues = [{ name: 'long', exchange: '', routingKeys: ['l'] }];
    scene.answer(question as Broadcast, 'celery@one', [
      { id: 'a', name: 'shop.index', delivery_info: { routing_key: 'l' } },
      { id: 'b', name: 'shop.other' },
    ]);
    expect(scene.asked()).toEqual(['active celery@one']);
    stage.wait(1);
    expect(samples(stage)).toEqual({ 'task="shop.index",queue="long"': 6 });
    stage.deliver(worker.make('told', { uuid: 'a', n: 7 }));
    expect(samples(stage)).toEqual({ 'task="shop.index",queue="long"': 7 });
    stage.wait(11);
    await poller.learnNames();
    expect(scene.asked()).toEqual([]);
    stage.deliver(worker.succeeded('a'));
    expect(samples(stage)).toEqual({});
  });

  it('is not asked for where events name it, nor of whom cannot answer, nor all the time', async () => {
    const scene = scenes();
    const { stage, poller } = scene;
    const [worker, solo] = [stage.worker(), stage.worker('celery@solo')];
    stage.deliver(worker.heartbeat(), solo.heartbeat(), worker.received('named'), worker.started('named'));
    stage.known('celery@solo').pool = { pid: 1, pool: 'solo', processes: 1 };
    stage.deliver(worker.make('told', { uuid: 'named', n: 1 }), solo.make('told', { uuid: 'quiet', n: 1 }));
    stage.deliver({ ...worker.make('told', { uuid: 'sent', n: 1 }), hostname: 'gen7@one' });
    stage.wait(1);
    await poller.learnNames();
    expect(scene.asked()).toEqual([]);
    for (let i = 0; i < 25; i++) {
      stage.deliver(worker.make('told', { uuid: `nobody ${i}`, n: 1 }));
      stage.wait(1);
      await poller.learnNames();
    }
    expect(scene.asked()).toEqual(['active celery@one', 'active celery@one', 'active celery@one']);
  });

  it('stays unknown where the question does not reach anybody, and is asked for again in a minute', async () => {
    const scene = scenes();
    const { stage, poller } = scene;
    const worker = stage.worker();
    stage.deliver(worker.heartbeat(), worker.make('told', { uuid: 'a', n: 5 }));
    scene.isAway = true;
    stage.wait(1);
    await poller.learnNames();
    stage.wait(3);
    expect(samples(stage)).toEqual({ 'task="unknown",queue="unknown"': 5 });
    scene.isAway = false;
    stage.wait(60);
    stage.deliver(worker.make('told', { uuid: 'a', n: 5 }));
    stage.wait(1);
    await poller.learnNames();
    expect(scene.asked()).toEqual(['active celery@one']);
  });
});

it('having asked is enough where no worker is up, and a broker that does not say who hears it changes nothing', async () => {
  const successes = async (listeners: number | undefined, isSomebodyUp: boolean): Promise<number> => {
    const scene = new Scene();
    scene.listeners = listeners;
    if (isSomebodyUp) scene.stage.deliver(scene.stage.worker().heartbeat());
    await scene.poller.round();
    scene.stop.abort();
    expect(scene.stage.model.reach?.listeners).toBe(listeners);
    return Number(scene.poller.record.lastSuccess > 0);
  };
  expect(await Promise.all([successes(0, false), successes(undefined, false)])).toEqual([1, 1]);
  expect(await Promise.all([successes(1, true), successes(undefined, true)])).toEqual([0, 0]);
});
