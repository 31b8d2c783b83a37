// The promise "never loses an alert", on the running program: killed again and again in a storm with flaky servers,
// nothing that got a 2xx is lost. The long form is `npm run test:crash`.
import { describe, expect, test } from '@jest/globals';
import { crashRun } from './crash/crash-run.js';
import { KILLS } from './crash/kill-steps.js';
import { faultsOf, reportText } from './crash/report.js';
import { STORES } from './crash/store.js';

describe.each(STORES)('on %s, killed with SIGKILL at each named step and at random, amid flaky servers,', (store) => {
  test('relays deliver each change that they answered for, or show it as a dead letter; in order; within the budgets; twice only where an answer or its mark was lost', async () => {
    const seed = Date.now() % 100_000;
    const report = await crashRun({
      store,
      seed,
      kills: KILLS.length + 2,
      minutes: 0,
      groups: 42,
      trouble: 0.2,
      digests: false,
      say: () => undefined,
    });
    const text = reportText(report);
    expect([text, faultsOf(report)]).toEqual([text, []]);
    // The test has tested something: many changes, on each channel, in spite of trouble.
    expect(report.promised).toBeGreaterThan(200);
    for (const { channel, delivered, messages } of report.findings)
      expect([channel, delivered > 20, messages > 5]).toEqual([channel, true, true]);
    expect(
      report.findings.reduce(
        (sum, { recognised, duplicates }) => sum + recognised + duplicates.answerLost + duplicates.killed,
        0,
      ),
    ).toBeGreaterThan(0);
    for (const secret of [
      'hook-secret-0815',
      'dingtalk-token-0123456789abcdef',
      'abcdefghijklmnopqrstuvwx',
      'database-secret-0815',
    ])
      expect(report.written).not.toContain(secret);
  }, 240_000);
});
