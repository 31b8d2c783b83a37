// Whether npm, which started the program, is still there: through its shell, without one, in a container, and orphaned.
import { describe, expect, it } from '@jest/globals';
import { lookAtProcess, npmWatch } from './npm-parents.js';

type Processes = Record<number, { readonly name: string; readonly parent: number }>;

function scene(processes: Processes, parent: number, env: Record<string, string> = { npm_command: 'exec' }) {
  const now = { processes, parent };
  const watch = npmWatch(
    env,
    () => now.parent,
    (pid) => now.processes[pid],
  );
  return { now, watch };
}

const USUAL: Processes = {
  1: { name: 'systemd', parent: 0 },
  50: { name: 'bash', parent: 1 },
  100: { name: 'npm exec celery', parent: 50 },
  101: { name: 'sh', parent: 100 },
};

describe('npm', () => {
  it('is gone when the shell between has ended, or npm itself while the shell waits on', () => {
    const ended = scene(USUAL, 101);
    expect(ended.watch?.()).toBe(true);
    ended.now.parent = 1;
    expect(ended.watch?.()).toBe(false);
    const killed = scene(USUAL, 101);
    killed.now.processes = { ...USUAL, 101: { name: 'sh', parent: 1 } };
    expect(killed.watch?.()).toBe(false);
  });

  it('is the parent itself where its shell gave way to the program: what becomes of its own parent is no matter', () => {
    const { now, watch } = scene(USUAL, 100);
    now.processes = { ...USUAL, 100: { name: 'npm exec celery', parent: 1 } };
    expect(watch?.()).toBe(true);
    now.parent = 1;
    expect(watch?.()).toBe(false);
  });

  it('is gone already where the program was taken in by the first process while it was loaded', () => {
    expect(scene(USUAL, 1).watch?.()).toBe(false);
  });

  it('may be the first process of a container, or be started by it: then nothing is watched', () => {
    expect(scene({ 1: { name: 'npm exec celery', parent: 0 } }, 1).watch).toBeUndefined();
    expect(scene({}, 1).watch).toBeUndefined();
  });

  it('is not asked about where it did not start the program', () => {
    expect(scene(USUAL, 50, {}).watch).toBeUndefined();
  });
});

it('a process is known by its name and its parent, and one that is not there is not', () => {
  expect(lookAtProcess(process.pid)).toMatchObject({ parent: process.ppid });
  expect(lookAtProcess(2 ** 30)).toBeUndefined();
});
