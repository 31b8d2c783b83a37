// Tasks that are sent and taken, and of which no worker tells anything: celery-batches, send_events=False.
import { describe, expect, it } from '@jest/globals';
import { SilentTaskBook } from './silent-tasks.js';
import { Stage } from '../testing.js';

class Scene {
  readonly stage = new Stage();
  readonly book = new SilentTaskBook();
  #sent = 0;

  constructor() {
    this.read(0);
  }

  send(count: number, name = 'batch'): void {
    for (let i = 0; i < count; i++) this.stage.deliver(this.stage.sent(`${name}${this.#sent++}`, { name, queue: 'q' }));
  }

  read(length: number | undefined, isConsumed = true): void {
    this.book.read(this.stage.model.tasks, () => length, new Set(isConsumed ? ['q'] : []));
  }

  get list(): unknown {
    return this.book.list(this.stage.model.tasks);
  }
}

describe('tasks of which no worker tells anything', () => {
  it('are those that were sent before the queue was empty for a second reading', () => {
    const scene = new Scene();
    scene.send(25);
    scene.read(0);
    // Some of them may have been sent while the queue was read.
    expect(scene.list).toEqual([]);
    scene.read(0);
    expect(scene.list).toEqual([{ name: 'batch', queue: 'q', taken: 25 }]);
  });

  it('are none while their queue holds messages, or cannot be read', () => {
    for (const length of [1, undefined]) {
      const scene = new Scene();
      scene.send(25);
      scene.read(0);
      scene.read(length);
      scene.read(0);
      expect(scene.list).toEqual([]);
    }
  });

  it('are none of those that went while nobody consumed their queue: they were purged, or lost', () => {
    const scene = new Scene();
    scene.read(0, false);
    scene.send(25);
    scene.read(25, false);
    scene.read(0, false);
    scene.read(0, false);
    expect(scene.list).toEqual([]);
    // A worker that comes afterwards has not taken them, one that comes between two readings may not have.
    for (let i = 0; i < 4; i++) {
      scene.read(0);
      expect(scene.list).toEqual([]);
    }
    scene.send(25);
    scene.read(0);
    scene.read(0);
    expect(scene.list).toEqual([{ name: 'batch', queue: 'q', taken: 25 }]);
  });

  it('are none of those that were sent before the exporter had its connection back', () => {
    const scene = new Scene();
    scene.send(25);
    scene.book.interrupted();
    for (let i = 0; i < 4; i++) {
      scene.read(i === 0 ? 25 : 0);
      expect(scene.list).toEqual([]);
    }
  });

  it('count on over a reading at which some of them waited', () => {
    const scene = new Scene();
    scene.send(15);
    scene.read(3);
    scene.send(15);
    scene.read(0);
    scene.read(0);
    expect(scene.list).toEqual([{ name: 'batch', queue: 'q', taken: 30 }]);
  });

  it('are none as soon as a worker tells anything of that name', () => {
    const scene = new Scene();
    scene.send(25);
    scene.read(0);
    scene.read(0);
    scene.stage.deliver(scene.stage.worker().received('batch3', { name: 'batch' }));
    expect(scene.list).toEqual([]);
  });

  it('are not those few that workers with the solo pool may be busy with', () => {
    const scene = new Scene();
    scene.send(19);
    scene.read(0);
    scene.read(0);
    expect(scene.list).toEqual([]);
  });
});
