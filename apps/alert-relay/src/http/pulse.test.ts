// When the core counts as stuck: after half a minute of this thread's own ticks, and not before.
import { expect, it } from '@jest/globals';
import { Pulse } from './pulse.js';

const tick = (pulse: Pulse, times: number): void => {
  for (let n = 0; n < times; n++) pulse.tick();
};

it('a core that says nothing for more than 30 ticks is stuck, and lives again with its next sign', () => {
  const pulse = new Pulse();
  tick(pulse, 30);
  expect(pulse.silence).toBeUndefined();
  tick(pulse, 1);
  expect(pulse.silence).toBe(31);
  pulse.beat();
  expect(pulse.silence).toBeUndefined();
});

it('silences that a sign stands between do not add up', () => {
  const pulse = new Pulse();
  tick(pulse, 29);
  pulse.beat();
  tick(pulse, 29);
  expect(pulse.silence).toBeUndefined();
});
