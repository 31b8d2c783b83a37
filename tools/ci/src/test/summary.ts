// The closing lines of `npm test`.

export interface TestCount {
  readonly passed: number;
  readonly failed: number;
}

export interface PhaseResult {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  /** undefined for a check that has no tests of its own. */
  readonly tests: TestCount | undefined;
}

/**
 * One line for each phase, and last `N passed, N failed`, where a check without tests counts as one.
 * @param seconds that all of them took, some side by side
 */
export function showSummary(results: readonly PhaseResult[], seconds: number): string {
  const lines = results.map(
    ({ name, ok, seconds: own, tests }) =>
      `${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(36)} ${own.toFixed(1).padStart(6)} s${tests === undefined ? '' : `  ${tests.passed} passed, ${tests.failed} failed`}`,
  );
  const passed = results.reduce((sum, { ok, tests }) => sum + (tests?.passed ?? Number(ok)), 0);
  // A phase that failed without a failing test still is a failure.
  const failed = results.reduce((sum, { ok, tests }) => sum + Math.max(tests?.failed ?? 0, Number(!ok)), 0);
  return [
    '',
    ...lines,
    `${results.every(({ ok }) => ok) ? 'ok    ' : 'FAILED'} ${'all'.padEnd(36)} ${seconds.toFixed(1).padStart(6)} s`,
    '',
    `${passed} passed, ${failed} failed`,
  ].join('\n');
}
