// The closing lines of `npm test`.

export interface TestCount {
  readonly passed: number;
  readonly failed: number;
  /** Of each failed one: its file, its name, and what it says, in a few lines. */
  readonly failures: readonly string[];
}

/** What is read of the report that `jest --json` writes. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

const LINES_OF_A_FAILURE = 6;

/** The failed tests of a report, and the files that could not be loaded, with the first lines of what each says. */
export function failuresOf(report: JestReport): readonly string[] {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((each) => each.status === 'failed');
    const file = name.replace(/^.*\/(?=(apps|libs|tools)\/)/, '');
    if (failed.length === 0) return status === 'failed' ? [`${file}\n${firstLines(message)}`] : [];
    return failed.map((each) => `${file}: ${each.fullName}\n${firstLines(each.failureMessages?.[0] ?? '')}`);
  });
}

function firstLines(words: string): string {
  return words
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, LINES_OF_A_FAILURE)
    .map((line) => `    ${line.trimEnd().slice(0, 200)}`)
    .join('\n');
}

export interface PhaseResult {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  /** undefined for a check that has no tests of its own. */
  readonly tests: TestCount | undefined;
}

/**
 * What failed, so that the end of a long log is enough to know it; one line for each phase; and last
 * `N passed, N failed`, where a check without tests counts as one.
 * @param seconds that all of them took, some side by side
 */
export function showSummary(results: readonly PhaseResult[], seconds: number): string {
  const lines = results.map(({ name, ok, seconds: own, tests }) => {
    const counts = tests === undefined ? '' : `  ${tests.passed} passed, ${tests.failed} failed`;
    return `${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(36)} ${own.toFixed(1).padStart(6)} s${counts}`;
  });
  const passed = results.reduce((sum, { ok, tests }) => sum + (tests?.passed ?? Number(ok)), 0);
  // A phase that failed without a failing test still is a failure.
  const failed = results.reduce((sum, { ok, tests }) => sum + Math.max(tests?.failed ?? 0, Number(!ok)), 0);
  const failures = results.flatMap(({ tests }) => tests?.failures ?? []);
  return [
    ...failures.map((each) => `\nFAILED ${each}`),
    '',
    ...lines,
    `${results.every(({ ok }) => ok) ? 'ok    ' : 'FAILED'} ${'all'.padEnd(36)} ${seconds.toFixed(1).padStart(6)} s`,
    '',
    `${passed} passed, ${failed} failed`,
  ].join('\n');
}
