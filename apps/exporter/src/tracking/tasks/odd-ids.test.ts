// Tasks whose ids are numbers, long texts or objects: each event of such a task must find the row of the others.
import { describe, expect, it } from '@jest/globals';
import { Stage } from '../testing.js';

describe('ids that are no short texts', () => {
  it.each([1, -3, 1.5, true, 'x'.repeat(5000), '\ud800', { __type__: 'uuid', __value__: { hex: 'ab'.repeat(16) } }])(
    "are followed through a task's life (%#)",
    (uuid) => {
      const stage = new Stage();
      const worker = stage.worker();
      const events = [stage.sent('a'), worker.received('a'), worker.started('a'), worker.succeeded('a')];
      stage.deliver(...events.map((event) => ({ ...event, uuid })));
      expect(stage.counts()).toMatchObject({ sent: 1, received: 1, started: 1, succeeded: 1, queueWaits: 1 });
      expect(stage.model.refusals.size).toBe(0);
    },
  );

  it('are two tasks where one is the number and one its text', () => {
    const stage = new Stage();
    const worker = stage.worker();
    for (const uuid of [1, '1']) stage.deliver({ ...worker.received('a'), uuid }, { ...worker.started('a'), uuid });
    expect(stage.model.tracker.table.size).toBe(2);
  });
});
