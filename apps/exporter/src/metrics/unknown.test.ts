// What is unknown has no sample: the page of the exporter before and while it cannot know.
import { describe, expect, it } from '@jest/globals';
import { Registry } from '@celery-watch/metrics';
import { ConnectionState } from '../tracking/health.js';
import { PREFORK, Stage } from '../tracking/testing.js';
import { brokerFamilies } from './broker-families.js';
import { exporterFamilies } from './exporter-families.js';
import { taskFamilies } from './task-families.js';
import { workerFamilies } from './worker-families.js';

const BUCKETS = { durationBuckets: [1], waitBuckets: [1] };

/** An exporter that has been connected for an hour, with the queues q and other read; nothing is known of workers. */
class Scene {
  readonly stage = new Stage();
  readonly connection = new ConnectionState(this.stage.now);
  asksWorkers = true;

  constructor({ isConnected = true } = {}) {
    if (isConnected) this.connection.connected(false, this.stage.now);
    this.stage.now += 3600;
    for (const name of ['q', 'other']) this.stage.model.queues.read(name, 5, [], () => undefined, this.stage.now);
  }

  /** A worker that is up; `queues` undefined where it has not said them. */
  worker(nodename: string, queues: readonly string[] | undefined, processes: number | undefined = 4): void {
    this.stage.deliver(this.stage.worker(nodename, 100 + [...this.stage.model.workers].length).online());
    const worker = this.stage.known(nodename);
    worker.queues = queues?.map((name) => ({ name, exchange: '' }));
    if (queues !== undefined) worker.pool = { ...PREFORK, processes };
  }

  /** The samples whose names begin so, without the prefix. */
  samples(prefix: string): readonly string[] {
    const { model } = this.stage;
    const clock = (): number => this.stage.now;
    const registry = new Registry({
      onError: (entry, error) => {
        throw new Error(entry.name, { cause: error });
      },
    });
    registry.add(
      ...brokerFamilies(model, this.connection, this.asksWorkers, clock),
      ...workerFamilies(model, this.connection, clock),
      ...taskFamilies(model, BUCKETS, clock),
      ...exporterFamilies(model, []),
    );
    return registry
      .render('text')
      .split('\n')
      .filter((line) => line.startsWith(prefix))
      .map((line) => line.slice(prefix.length));
  }
}

const consumers = (scene: Scene): readonly string[] => scene.samples('celery_queue_consumers');
const processes = (scene: Scene): readonly string[] => scene.samples('celery_queue_processes');

describe('the consumers of a queue', () => {
  it('are a number, zero too, where every worker that is up has said what it consumes', () => {
    const scene = new Scene();
    scene.worker('celery@a', ['q']);
    scene.worker('celery@b', ['q']);
    expect(consumers(scene)).toEqual(['{queue="q"} 2', '{queue="other"} 0']);
    expect(processes(scene)).toEqual(['{queue="q"} 8', '{queue="other"} 0']);
  });

  it('have no sample where a worker that is up has said nothing, but for those that others said', () => {
    const scene = new Scene();
    scene.worker('celery@a', ['q']);
    scene.worker('celery@mute', undefined);
    expect(consumers(scene)).toEqual(['{queue="q"} 1']);
    expect(processes(scene)).toEqual(['{queue="q"} 4']);
  });

  it('have no sample where nobody answers, and where nobody is asked', () => {
    const scene = new Scene();
    scene.worker('celery@mute', undefined);
    expect([...consumers(scene), ...processes(scene)]).toEqual([]);
    scene.asksWorkers = false;
    expect([...consumers(scene), ...processes(scene)]).toEqual([]);
  });

  it('are none where no worker is up and those that were asked are gone', () => {
    const scene = new Scene();
    scene.worker('celery@mute', undefined);
    scene.stage.known('celery@mute').up = false;
    expect(consumers(scene)).toEqual(['{queue="q"} 0', '{queue="other"} 0']);
  });

  it('are not known before anybody could be heard, and none when nobody was for ten seconds', () => {
    const scene = new Scene();
    scene.connection.disconnected('away', scene.stage.now);
    expect(consumers(scene)).toEqual([]);
    scene.connection.connected(true, scene.stage.now);
    scene.stage.now += 9;
    expect(consumers(scene)).toEqual([]);
    scene.stage.now += 1;
    expect(consumers(scene)).toEqual(['{queue="q"} 0', '{queue="other"} 0']);
    scene.asksWorkers = false;
    expect(consumers(scene)).toEqual([]);
  });

  it('are not known to be none while more hear the questions than have been seen', () => {
    const scene = new Scene();
    scene.worker('celery@a', ['q']);
    scene.stage.model.reach = { listeners: 2, known: 1 };
    expect(consumers(scene)).toEqual(['{queue="q"} 1']);
    // It was busy with the solo pool, and tells now.
    scene.worker('celery@solo', ['other']);
    expect(consumers(scene)).toEqual(['{queue="q"} 1', '{queue="other"} 1']);
    // One that died after the question is no stranger.
    scene.stage.model.reach = { listeners: 2, known: 2 };
    const [process] = scene.stage.known('celery@solo').processes;
    if (process) process.silent = true;
    scene.stage.known('celery@solo').up = false;
    expect(consumers(scene)).toEqual(['{queue="q"} 1', '{queue="other"} 0']);
  });

  it('have processes only where a pool told its size', () => {
    const scene = new Scene();
    scene.worker('celery@a', ['q'], undefined);
    scene.stage.known('celery@a').pool = undefined;
    expect(consumers(scene)).toEqual(['{queue="q"} 1', '{queue="other"} 0']);
    expect(processes(scene)).toEqual(['{queue="other"} 0']);
    scene.worker('celery@b', ['q'], 3);
    expect(processes(scene)).toEqual(['{queue="q"} 3', '{queue="other"} 0']);
  });
});

describe('the consumers that a broker counts', () => {
  const counted = (scene: Scene, of: Readonly<Record<string, number>>): void => {
    scene.stage.model.queues.consumers = new Map(Object.entries(of));
  };

  it('are known where nobody is asked, but not how many processes they have', () => {
    const scene = new Scene();
    scene.asksWorkers = false;
    counted(scene, { q: 2, other: 0 });
    expect(consumers(scene)).toEqual(['{queue="q"} 2', '{queue="other"} 0']);
    expect(processes(scene)).toEqual(['{queue="other"} 0']);
  });

  it('go before what workers say: some do not answer, and some say so without consuming any more', () => {
    const scene = new Scene();
    scene.worker('celery@a', ['q', 'other']);
    scene.worker('celery@b', ['other']);
    counted(scene, { q: 3, other: 0 });
    expect(consumers(scene)).toEqual(['{queue="q"} 3', '{queue="other"} 0']);
    expect(processes(scene)).toEqual(['{queue="q"} 4', '{queue="other"} 0']);
  });

  it('are those of the workers for a queue of which it does not tell', () => {
    const scene = new Scene();
    scene.worker('celery@a', ['q']);
    counted(scene, { other: 1 });
    expect(consumers(scene)).toEqual(['{queue="q"} 1', '{queue="other"} 1']);
    expect(processes(scene)).toEqual(['{queue="q"} 4']);
  });
});

describe('what a broker may not tell', () => {
  const NAMES = ['celery_broker_blocked', 'celery_delayed_tasks', 'celery_exporter_events_dropped_total'];
  const all = (scene: Scene): readonly string[] => NAMES.flatMap((name) => scene.samples(name));

  it('has no sample', () => {
    expect(all(new Scene())).toEqual([]);
  });

  it('is zero once it says that it is', () => {
    const scene = new Scene();
    scene.connection.blocked(undefined);
    scene.stage.model.queues.delayed = 0;
    scene.stage.model.droppedByBroker(0);
    expect(all(scene)).toEqual([' 0', ' 0', ' 0']);
  });

  it('is what it says, for as long as it can be heard', () => {
    const scene = new Scene();
    scene.connection.blocked('low on memory');
    scene.stage.model.queues.delayed = 7;
    scene.stage.model.droppedByBroker(3);
    scene.stage.model.droppedByBroker(2);
    expect(all(scene)).toEqual([' 1', ' 7', ' 5']);
    scene.connection.disconnected('gone', scene.stage.now);
    scene.connection.connected(true, scene.stage.now);
    expect(all(scene)).toEqual([' 7', ' 5']);
  });
});

describe('workers', () => {
  it('are not counted as none before anybody could be heard', () => {
    const scene = new Scene();
    scene.connection.disconnected('away', scene.stage.now);
    expect(scene.samples('celery_workers')).toEqual([]);
    scene.connection.connected(true, scene.stage.now);
    scene.stage.now += 10;
    expect(scene.samples('celery_workers')).toEqual([' 0']);
    scene.worker('celery@a', ['q']);
    scene.connection.disconnected('away', scene.stage.now);
    expect(scene.samples('celery_workers')).toEqual([' 1']);
  });

  it('that are down execute nobody knows how many tasks', () => {
    const scene = new Scene();
    scene.worker('celery@a', ['q']);
    expect(scene.samples('celery_worker_tasks_active{')).toHaveLength(1);
    scene.stage.known('celery@a').up = false;
    expect(scene.samples('celery_worker_tasks_active{')).toEqual([]);
  });

  it('without heartbeats missed nobody knows how many events', () => {
    const scene = new Scene();
    scene.stage.deliver(scene.stage.worker('celery@quiet', 7).received('a'));
    expect(scene.samples('celery_exporter_events_missed_total')).toEqual([]);
    scene.worker('celery@beats', ['q']);
    expect(scene.samples('celery_exporter_events_missed_total')).toEqual(['{worker="celery@beats"} 0']);
  });

  it('on Windows have no load average, and one that is idle elsewhere has a load of 0', () => {
    const scene = new Scene();
    const at = (nodename: string, pid: number, sw_sys: string): void => {
      scene.stage.deliver({ ...scene.stage.worker(nodename, pid).online(), loadavg: [0, 0, 0], sw_sys });
    };
    at('celery@win', 1, 'Windows');
    at('celery@idle', 2, 'Linux');
    const hosts = scene.samples('celery_worker_load_average{').map((text) => /worker="([^"]*)"/.exec(text)?.[1]);
    expect(new Set(hosts)).toEqual(new Set(['celery@idle']));
  });
});

describe('the time of which events may be lost', () => {
  it('is not known before the first connection, grows while there is none, and stays what it was', () => {
    const scene = new Scene({ isConnected: false });
    const unheard = () => scene.samples('celery_exporter_unheard_seconds_total');
    scene.connection.disconnected('away', scene.stage.now);
    expect(unheard()).toEqual([]);
    scene.connection.connected(false, scene.stage.now);
    expect(unheard()).toEqual([' 0']);
    scene.stage.now += 100;
    scene.connection.disconnected('too slow', scene.stage.now, 60);
    scene.stage.now += 3;
    expect(unheard()).toEqual([' 63']);
    scene.connection.connected(true, scene.stage.now);
    scene.stage.now += 2;
    // A broker that cuts again at once has not been heard for longer than it was connected.
    scene.connection.disconnected('too slow', scene.stage.now, 60);
    expect(unheard()).toEqual([' 65']);
  });
});

describe('sent tasks', () => {
  it('have no sample for names whose senders do not tell them', () => {
    const scene = new Scene();
    const worker = scene.stage.worker('celery@a', 1);
    scene.stage.deliver(scene.stage.sent('a', { name: 'told', queue: 'q' }));
    scene.stage.deliver(worker.received('b', { name: 'untold' }));
    scene.stage.now += 5;
    scene.stage.model.tick(scene.stage.now);
    const sent = scene.samples('celery_tasks_total{').filter((text) => text.includes('state="sent"'));
    expect(sent).toEqual(['name="told",queue="q",state="sent"} 1']);
    expect(scene.samples('celery_tasks_total{name="untold"')).toHaveLength(8);
  });
});

describe('unacknowledged messages', () => {
  it('have no sample before the first reading', () => {
    expect(new Scene().samples('celery_queue_unacked')).toEqual([]);
  });
});
