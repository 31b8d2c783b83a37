// What the poller of the queues takes over from workers, and what it keeps out of the numbers.
import { describe, expect, it } from '@jest/globals';
import { readStats, readTransportOptions } from '@celery-watch/celery-protocol';
import { memoryLog } from '@celery-watch/service';
import { MemoryBroker } from '../brokers/memory.js';
import { PREFORK, Stage } from '../tracking/testing.js';
import { QueuePoller } from './queue-poller.js';

class Scene {
  readonly stage = new Stage();
  readonly broker = new MemoryBroker();
  readonly log = memoryLog();
  readonly stop = new AbortController();
  readonly poller: QueuePoller;

  constructor(options: Readonly<Record<string, unknown>> = {}, queues: readonly string[] = ['q']) {
    this.poller = new QueuePoller(
      this.broker,
      this.stage.model,
      queues,
      readTransportOptions(options).options,
      this.log.log,
      () => this.stage.now,
    );
    const nobody = { connected: () => undefined, disconnected: () => undefined, event: () => undefined };
    void this.broker.run(
      {
        ...nobody,
        reply: () => undefined,
        refused: () => undefined,
        dropped: () => undefined,
        blocked: () => undefined,
      },
      this.stop.signal,
    );
  }

  worker(nodename: string, pid: number, raw: Readonly<Record<string, unknown>>, keepsUnacked = true): void {
    this.stage.deliver(this.stage.worker(nodename, pid).online());
    this.stage.known(nodename).pool = {
      ...PREFORK,
      broker: { options: readTransportOptions(raw).options, keepsUnacked },
    };
  }

  get under(): unknown {
    return this.broker.readingsUnder.map((ways) => ways.map(({ sep }) => sep));
  }

  get said(): unknown {
    return this.log.lines.map(({ level, msg }) => [level, msg]);
  }
}

describe('the poller of the queues', () => {
  it('reads where workers say that they put messages, and says it once', async () => {
    const scene = new Scene();
    await scene.poller.round();
    expect(scene.under).toEqual([]);
    scene.worker('celery@a', 1, { sep: ':' });
    await scene.poller.round();
    await scene.poller.round();
    expect(scene.under).toEqual([[':']]);
    expect(scene.said).toEqual([['info', 'sep is taken over from the workers']]);
    scene.worker('celery@b', 2, { sep: '|' });
    await scene.poller.round();
    expect(scene.under).toEqual([[':'], [':', '|']]);
    expect(scene.said).toContainEqual([
      'warn',
      'sep differs: queues may be read where the workers do not put messages',
    ]);
    scene.stop.abort();
  });

  it('reads a queue that is called other or unknown, and takes these words of tasks for none', async () => {
    const scene = new Scene({}, ['unknown']);
    const { stage, broker } = scene;
    broker.setQueue('other', [{ id: 'a', eta: null }]);
    broker.setQueue('unknown', [{ id: 'b', eta: null }]);
    stage.deliver(stage.worker('celery@a', 1).online());
    await scene.poller.round();
    const lengths = (): unknown => [...stage.model.queues].map(({ name, length }) => [name, length]);
    expect(lengths()).toEqual([['unknown', 1]]);
    stage.known('celery@a').queues = [{ name: 'other', exchange: '' }];
    await scene.poller.round();
    expect(lengths()).toEqual([
      ['unknown', 1],
      ['other', 1],
    ]);
    scene.stop.abort();
    const without = new Scene({}, []);
    without.stage.deliver(without.stage.worker('celery@a', 1).started('t'));
    without.broker.setQueue('unknown', [{ id: 'b', eta: null }]);
    expect([...without.stage.model.tasks].map(({ queue }) => queue)).toContain('unknown');
    await without.poller.round();
    expect([...without.stage.model.queues]).toEqual([]);
    without.stop.abort();
  });

  it('keeps what it learnt when the workers are gone: the messages are still where they put them', async () => {
    const scene = new Scene();
    scene.worker('celery@a', 1, { sep: ':' });
    await scene.poller.round();
    scene.stage.wait(2000);
    expect(scene.stage.model.workers.size).toBe(0);
    await scene.poller.round();
    expect(scene.under).toEqual([[':']]);
    scene.stop.abort();
  });

  it('keeps what it was told, and warns once', async () => {
    const scene = new Scene({ sep: '|' });
    scene.worker('celery@a', 1, { sep: ':' });
    await scene.poller.round();
    await scene.poller.round();
    expect(scene.under).toEqual([['|']]);
    expect(scene.said).toEqual([['warn', 'sep differs: queues may be read where the workers do not put messages']]);
    scene.stop.abort();
  });

  it('shows no unacknowledged messages where a worker keeps them to itself', async () => {
    const scene = new Scene();
    scene.broker.unacked = 7;
    scene.worker('celery@a', 1, {});
    await scene.poller.round();
    expect(scene.stage.model.queues.unacked).toBe(7);
    scene.worker('celery@b', 2, {}, false);
    await scene.poller.round();
    expect(scene.stage.model.queues.unacked).toBeUndefined();
    scene.stop.abort();
  });

  it('keeps what the broker counts of consumers and of delayed tasks, and forgets what it no longer says', async () => {
    const scene = new Scene();
    scene.broker.consumers = new Map([['q', 2]]);
    scene.broker.delayed = 5;
    await scene.poller.round();
    const { queues } = scene.stage.model;
    expect([[...queues.consumers], queues.delayed]).toEqual([[['q', 2]], 5]);
    expect(scene.stage.model.consumers(false)('q').workers).toBe(2);
    scene.broker.consumers = new Map();
    scene.broker.delayed = undefined;
    await scene.poller.round();
    expect([[...queues.consumers], queues.delayed]).toEqual([[], undefined]);
    expect(scene.stage.model.consumers(false)('q').workers).toBeUndefined();
    scene.stop.abort();
  });

  it('takes nothing over from workers that tell the options of another transport', async () => {
    const scene = new Scene();
    scene.broker.unacked = 7;
    scene.stage.deliver(scene.stage.worker('celery@a', 1).online());
    const broker = { transport: 'amqp', transport_options: { priority_steps: [0, 1], ack_emulation: false } };
    scene.stage.known('celery@a').pool = readStats({ pid: 1, pool: {}, broker });
    await scene.poller.round();
    expect([scene.under, scene.said, scene.stage.model.settings]).toEqual([[], [], undefined]);
    expect(scene.stage.model.queues.unacked).toBe(7);
    scene.stop.abort();
  });

  it('works the age out from task-sent where the broker hides its messages, and not where they are not asked for', async () => {
    const scene = new Scene();
    const { stage, broker } = scene;
    stage.deliver(stage.sent('a', { queue: 'q' }));
    stage.wait(40);
    broker.setQueue('q', [{ id: 'a', eta: null }]);
    broker.readHeads = false;
    await scene.poller.round();
    expect(stage.model.queues.get('q')?.oldestSince).toBeUndefined();
    broker.hidesHeads = true;
    await scene.poller.round();
    expect(stage.now - (stage.model.queues.get('q')?.oldestSince ?? NaN)).toBe(40);
    broker.setQueue('q', []);
    await scene.poller.round();
    expect(stage.model.queues.get('q')?.oldestSince).toBeUndefined();
    scene.stop.abort();
  });
});
