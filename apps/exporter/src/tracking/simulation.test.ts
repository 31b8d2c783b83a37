// Random lives of tasks: what the model counts against what really happened, with every event heard and with some lost.
import { TASK_STATES } from '@celery-watch/celery-protocol';
import { describe, expect, it } from '@jest/globals';
import { WAITING } from './tasks/task-table.js';
import { countsOf } from './testing.js';
import { Simulation } from './testing-simulation.js';

const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);

/** One number over all pairs. */
function counted(simulation: Simulation, what: string): number {
  let sum = 0;
  for (const series of simulation.stage.model.tasks) sum += countsOf(series)[what] ?? 0;
  return sum;
}

function watchRunning(simulation: Simulation): void {
  simulation.afterEach = () => {
    for (const series of simulation.stage.model.tasks)
      if (!(series.running >= 0)) throw new Error(`${series.task.name} runs ${String(series.running)} times`);
  };
}

describe('with every event heard', () => {
  it.each(SEEDS)('every number is the true one (seed %p)', (seed) => {
    const simulation = new Simulation(seed, 0);
    watchRunning(simulation);
    simulation.run();
    const { stage, truth, repeats } = simulation;
    for (const [pair, states] of truth) {
      const counts = stage.all()[pair] ?? {};
      expect([pair, Object.fromEntries(TASK_STATES.map((state) => [state, counts[state] ?? 0]))]).toEqual([
        pair,
        Object.fromEntries(TASK_STATES.map((state) => [state, states[state] ?? 0])),
      ]);
      expect(counts['durations'] ?? 0).toBe((states['succeeded'] ?? 0) + (states['failed'] ?? 0));
    }
    expect([...Object.keys(stage.all())].sort()).toEqual([...truth.keys()].sort());
    expect(stage.duplicates).toEqual(repeats);
    expect(counted(simulation, 'lost') + counted(simulation, 'unresolved')).toBe(simulation.silentEnds.length);
    expect([counted(simulation, 'running'), stage.rows['running'], stage.rows['ended']]).toEqual([0, 0, 0]);
    for (const { nodename, missed, processes } of stage.model.workers) {
      expect([nodename, missed, processes.filter(({ runs }) => runs !== 0)]).toEqual([nodename, 0, []]);
    }
    const byWorker = [...stage.model.workers].reduce(
      (sum, worker) => sum + worker.states.reduce((all, state) => all + state, 0),
      0,
    );
    expect(byWorker).toBe(
      TASK_STATES.filter((state) => state !== 'sent').reduce((sum, state) => sum + simulation.total(state), 0),
    );
    expect(simulation.total('started')).toBeGreaterThan(300);
  });

  it.each(SEEDS)('no task is left waiting but those that ended without an event (seed %p)', (seed) => {
    const simulation = new Simulation(seed, 0);
    simulation.run();
    const { table } = simulation.stage.model.tracker;
    const silent = new Set(
      simulation.silentEnds.map((id) => table.find(id)).filter((row) => row >= 0 && table.stateOf(row) === WAITING),
    );
    expect(simulation.stage.rows['waiting']).toBe(silent.size);
  });
});

describe.each([0.02, 0.2, 0.6])('with each event lost with a probability of %p', (loss) => {
  it.each(SEEDS.slice(0, 6))(
    'no count is above the truth, nothing runs for ever, and what was missed is known (seed %p)',
    (seed) => {
      const simulation = new Simulation(seed, loss);
      watchRunning(simulation);
      simulation.run();
      const { stage, truth } = simulation;
      for (const state of TASK_STATES)
        expect([state, counted(simulation, state) <= simulation.total(state)]).toEqual([state, true]);
      for (const [pair, states] of truth) {
        for (const state of TASK_STATES)
          expect((stage.all()[pair]?.[state] ?? 0) <= (states[state] ?? 0) ? '' : `${pair} ${state}`).toBe('');
      }
      expect([counted(simulation, 'running'), stage.rows['running']]).toEqual([0, 0]);
      for (const process of simulation.processes.filter((each) => each.takesTasks)) {
        const known = stage.known(process.fake.nodename).byPid(process.fake.pid);
        expect([process.fake.nodename, known?.missed.count]).toEqual([process.fake.nodename, process.startsDropped]);
      }
    },
  );
});
