// The end of `npm test` names what failed: of a long log often nothing but its end is kept.
import { describe, expect, it } from '@jest/globals';
import { failuresOf, showSummary, type JestReport } from './summary.js';

const report: JestReport = {
  numPassedTests: 1,
  numFailedTests: 1,
  numRuntimeErrorTestSuites: 1,
  testResults: [
    {
      name: '/home/me/celery-watch/apps/exporter/dist/a.test.js',
      status: 'failed',
      message: '',
      assertionResults: [
        { status: 'passed', fullName: 'counts', failureMessages: [] },
        { status: 'failed', fullName: 'forgets nothing', failureMessages: ['Error: wanted 2\n\n    at a.test.js:7'] },
      ],
    },
    { name: 'libs/html/dist/b.test.js', status: 'failed', message: 'cannot be loaded', assertionResults: [] },
  ],
};

describe('showSummary', () => {
  it('names each failed test and each file that could not be loaded, with their first words', () => {
    const tests = { passed: 1, failed: 2, failures: failuresOf(report) };
    const text = showSummary([{ name: 'unit tests', ok: false, seconds: 3, tests }], 3);
    expect(text).toContain('FAILED apps/exporter/dist/a.test.js: forgets nothing\n    Error: wanted 2\n');
    expect(text).toContain('FAILED libs/html/dist/b.test.js\n    cannot be loaded\n');
    expect(text.trimEnd().split('\n').at(-1)).toBe('1 passed, 2 failed');
  });
});
