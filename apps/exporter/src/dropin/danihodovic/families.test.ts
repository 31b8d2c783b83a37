// The metrics of danihodovic's exporter where the recorded streams do not lead: what is not known, zeros, names and
// workers of one host.
import { describe, expect, it } from '@jest/globals';
import { PREFORK } from '../../tracking/testing.js';
import { BY_HOST, stageOf } from './testing.js';

const GENERIC = 'hostname="generic",name="task",queue_name="queue"';

describe('a task', () => {
  it('has all its counters at 0 with its first event, so that an alert on a ratio finds both sides', () => {
    const { stage, page } = stageOf();
    const worker = stage.worker('celery@box');
    stage.deliver(worker.online(), stage.sent('a'), worker.received('a'), worker.started('a'));
    stage.wait(3);
    const now = page();
    for (const state of ['succeeded', 'rejected', 'revoked', 'retried'])
      expect(now.get(`celery_task_${state}_total{${GENERIC}}`)).toBe('0');
    expect(now.get(`celery_task_failed_total{exception="",${GENERIC}}`)).toBe('0');
    for (const state of ['sent', 'received', 'started'])
      expect(now.get(`celery_task_${state}_total{${GENERIC}}`)).toBe('1');
    expect([...now.keys()].filter((key) => key.startsWith('celery_task_runtime'))).toEqual([]);
  });

  it('whose sender tells nothing has no series of sent', () => {
    const { stage, page } = stageOf();
    const worker = stage.worker('celery@box');
    stage.deliver(worker.online(), worker.received('a'));
    stage.wait(5);
    expect([...page().keys()].filter((key) => key.startsWith('celery_task_sent'))).toEqual([]);
  });

  it('of which nothing tells name or queue is None in the default queue', () => {
    const { stage, page } = stageOf({ defaultQueue: 'jobs' });
    const worker = stage.worker('celery@box');
    stage.deliver(worker.online(), worker.started('never-heard-of'));
    expect(page().get('celery_task_started_total{hostname="generic",name="None",queue_name="jobs"}')).toBe('1');
  });

  it('is one series where some of it was in the default queue and of some the queue is not known', () => {
    const { stage, page } = stageOf({ defaultQueue: 'queue' });
    const worker = stage.worker('celery@box');
    stage.deliver(worker.online(), worker.received('before'), worker.succeeded('before', 0.1));
    stage.wait(5);
    expect(page().get(`celery_task_succeeded_total{${GENERIC}}`)).toBe('1');
    stage.deliver(stage.sent('a'), worker.received('a'), worker.started('a'), worker.succeeded('a', 0.2));
    const now = page();
    expect(now.get(`celery_task_succeeded_total{${GENERIC}}`)).toBe('2');
    expect(now.get(`celery_task_runtime{${GENERIC}}`)).toMatch(/0\.1:1 0\.25:2 .*count:2 sum:0\.3$/);
    expect([...stage.model.tasks].map(({ queue }) => queue).sort()).toEqual(['queue', 'unknown']);
  });

  it('has its run time among theirs only where it succeeded', () => {
    const { stage, page } = stageOf();
    const worker = stage.worker('celery@box');
    stage.deliver(worker.online(), stage.sent('a'), worker.received('a'), worker.started('a'));
    stage.wait(3);
    stage.deliver(worker.failed('a', "KeyError('x')"));
    const now = page();
    expect(now.get(`celery_task_failed_total{exception="KeyError",${GENERIC}}`)).toBe('1');
    expect(now.get(`celery_task_runtime{${GENERIC}}`)).toBeUndefined();
  });
});

describe('names', () => {
  it('begin with the prefix, which may be empty', () => {
    for (const prefix of ['', 'shop_celery_']) {
      const { stage, page } = stageOf({ prefix });
      stage.deliver(stage.worker('celery@box').online());
      expect(page().get(`${prefix}worker_up{hostname="box"}`)).toBe('1');
      expect([...page().keys()].filter((key) => key.startsWith('celery_'))).toEqual([]);
    }
  });
});

describe('the workers of a host', () => {
  it('are up while one of them is, and what they run is added', () => {
    const { stage, page } = stageOf();
    const [one, two] = [stage.worker('one@box', 1), stage.worker('two@box', 2)];
    stage.deliver(one.received('a'));
    // It takes tasks, and has not said how many it runs.
    expect(page().get('celery_worker_tasks_active{hostname="box"}')).toBeUndefined();
    stage.deliver({ ...one.heartbeat(), active: 2 }, { ...two.heartbeat(), active: 3 });
    expect(page().get('celery_worker_tasks_active{hostname="box"}')).toBe('5');
    for (const name of ['one@box', 'two@box']) stage.model.reportPool(stage.known(name), PREFORK);
    stage.deliver(one.offline());
    stage.wait(1);
    expect(page().get('celery_worker_up{hostname="box"}')).toBe('1');
    expect(page().get('celery_worker_tasks_active{hostname="box"}')).toBe('3');
    stage.wait(120);
    expect(page().get('celery_worker_up{hostname="box"}')).toBe('0');
    expect(page().get('celery_worker_tasks_active{hostname="box"}')).toBe('0');
  });
});

describe('a queue', () => {
  it('has its length, and the workers and processes that consume it', () => {
    const { stage, page } = stageOf();
    stage.deliver(stage.worker('celery@box').online());
    const worker = stage.known('celery@box');
    worker.queues = [{ name: 'queue', exchange: 'queue' }];
    stage.model.reportPool(worker, PREFORK);
    stage.model.queues.read('queue', 7, undefined, () => undefined, stage.now);
    const now = page();
    expect(now.get('celery_queue_length{queue_name="queue"}')).toBe('7');
    expect(now.get('celery_active_worker_count{queue_name="queue"}')).toBe('1');
    expect(now.get('celery_active_process_count{queue_name="queue"}')).toBe('4');
    expect([...now.keys()].filter((key) => key.startsWith('celery_active_consumer_count'))).toEqual([]);
    stage.model.queues.consumers = new Map([['queue', 2]]);
    expect(page().get('celery_active_consumer_count{queue_name="queue"}')).toBe('2');
  });
});

describe('hostnames', () => {
  const at = (host: string): string => `hostname="${host}",name="task",queue_name="queue"`;

  it('are those of the worker and of the sender, whose series are its own only', () => {
    const { stage, page } = stageOf(BY_HOST);
    const [one, two] = [stage.worker('celery@one', 1), stage.worker('celery@two', 2)];
    stage.deliver(one.online(), two.online());
    for (const [id, worker] of [
      ['a', one],
      ['b', two],
      ['c', two],
    ] as const)
      stage.deliver(stage.sent(id), worker.received(id), worker.started(id), worker.succeeded(id, 0.2));
    const now = page();
    expect(now.get(`celery_task_sent_total{${at('client')}}`)).toBe('3');
    expect(now.get(`celery_task_succeeded_total{${at('one')}}`)).toBe('1');
    expect(now.get(`celery_task_succeeded_total{${at('two')}}`)).toBe('2');
    expect(now.get(`celery_task_runtime{${at('two')}}`)).toMatch(/count:2 sum:0\.4$/);
    expect(now.get(`celery_task_queue_wait_time{${at('two')}}`)).toMatch(/count:2 sum:0$/);
    expect(now.get(`celery_task_succeeded_total{${at('client')}}`)).toBeUndefined();
  });

  it('may be told of workers only', () => {
    const { stage, page } = stageOf({ hosts: { sent: false, others: true } });
    const worker = stage.worker('celery@one', 1);
    stage.deliver(worker.online(), stage.sent('a'), worker.received('a'));
    expect(page().get(`celery_task_sent_total{${at('generic')}}`)).toBe('1');
    expect(page().get(`celery_task_received_total{${at('one')}}`)).toBe('1');
  });

  it('go with a task to the queue that its task-sent names later', () => {
    const { stage, page } = stageOf(BY_HOST);
    const worker = stage.worker('celery@one', 1);
    stage.deliver(worker.online(), worker.received('a'), worker.started('a'));
    stage.deliver(stage.sent('a'));
    expect(page().get(`celery_task_started_total{${at('one')}}`)).toBe('1');
    expect([...page().keys()].filter((key) => key.startsWith('celery_task_started'))).toHaveLength(1);
  });

  it('beyond the cap are generic, and counted as dropped', () => {
    const { stage, page } = stageOf({ ...BY_HOST, maxSeries: 2 });
    const workers = ['one', 'two', 'three', 'four'].map((host, i) => stage.worker(`celery@${host}`, i + 1));
    for (const [i, worker] of workers.entries())
      stage.deliver(worker.online(), worker.received(`t${String(i)}`), worker.started(`t${String(i)}`));
    stage.wait(5);
    const started = [...page()].filter(([key]) => key.startsWith('celery_task_started'));
    expect(started.reduce((sum, [, value]) => sum + Number(value), 0)).toBe(4);
    expect(started.some(([key]) => key.includes('hostname="generic"'))).toBe(true);
    expect(started.length).toBeLessThanOrEqual(3);
    expect(stage.model.dropped.get('celery_tasks_total')).toBeGreaterThan(0);
  });

  it('have a cap of exception classes of their own, also where a task finds its queue late', () => {
    const { stage, page } = stageOf(BY_HOST, { series: { maxExceptions: 2 } });
    const worker = stage.worker('celery@one', 1);
    const fail = (id: string, exception: string): void => {
      stage.deliver(worker.received(id), worker.started(id), worker.failed(id, `${exception}('x')`));
    };
    stage.deliver(worker.online());
    for (const [i, exception] of ['A', 'B', 'C', 'D', 'C'].entries()) {
      const id = `t${String(i)}`;
      // Every other one counts under no queue at first.
      if (i % 2 === 0) stage.deliver(stage.sent(id));
      fail(id, exception);
      if (i % 2 === 1) stage.deliver(stage.sent(id));
    }
    const failed = [...page()].filter(([key]) => key.startsWith('celery_task_failed_total'));
    expect(failed.map(([key, value]) => [/exception="(.*?)"/.exec(key)?.[1], value])).toEqual([
      ['', '0'],
      ['A', '1'],
      ['B', '1'],
      ['other', '3'],
    ]);
    expect(failed.every(([key]) => key.includes(at('one')))).toBe(true);
    expect(stage.model.dropped.get('celery_task_failures_total')).toBeGreaterThanOrEqual(3);
  });

  it('go with the last worker of the host, and with a series that is forgotten', () => {
    const { stage, page } = stageOf(BY_HOST, { seriesTtl: 5000 });
    const worker = stage.worker('celery@one', 1);
    stage.deliver(worker.online(), stage.sent('a'), worker.received('a'));
    stage.model.reportPool(stage.known('celery@one'), PREFORK);
    stage.wait(1100);
    expect(page().get(`celery_task_received_total{${at('one')}}`)).toBeUndefined();
    expect(page().get(`celery_task_sent_total{${at('client')}}`)).toBe('1');
    stage.wait(90_000);
    expect([...page().keys()].filter((key) => key.startsWith('celery_task'))).toEqual([]);
  });
});
