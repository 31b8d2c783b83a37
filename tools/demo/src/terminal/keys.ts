// The demo's keys in a terminal: the same as on the page. Nothing is read where standard input is no terminal.
import type { Cause, CauseName } from '../causes/table.js';
import type { CauseRunner, Outcome } from '../causes/cause-runner.js';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

export interface KeySettings {
  readonly causes: Readonly<Record<CauseName, Cause>>;
  readonly runner: CauseRunner;
  readonly onOutcome: (outcome: Outcome) => void;
  /** In raw mode the terminal sends no signal for Ctrl-C. */
  readonly onStop: () => void;
}

/** One line that says which key does what. */
export function keyHelp(causes: KeySettings['causes']): string {
  return [...Object.values(causes).map(({ key, title }) => `[${key}] ${title}`), '[R] Repair', '[Ctrl-C] End'].join(
    '   ',
  );
}

/** Listens until it is disposed of, and gives the terminal back as it was. */
export function listenToKeys({ causes, runner, onOutcome, onStop }: KeySettings): Disposable {
  const { stdin } = process;
  if (!stdin.isTTY) return { [Symbol.dispose]: () => undefined };
  const byKey = new Map((Object.keys(causes) as CauseName[]).map((name) => [causes[name].key, name]));
  const onData = (typed: string): void => {
    for (const key of typed) {
      const name = byKey.get(key);
      if (key === CTRL_C || key === CTRL_D) onStop();
      else if (key === 'R') void runner.repair().then(onOutcome);
      else if (name !== undefined) void runner.press(name).then(onOutcome);
    }
  };
  stdin.setRawMode(true);
  stdin.setEncoding('utf8').on('data', onData).resume();
  return {
    [Symbol.dispose]: () => {
      stdin.off('data', onData).pause();
      stdin.setRawMode(false);
    },
  };
}
