// Which series exist before anything has happened: `increase()` does not see the first event of a series born with it.
import { expect, test } from '@jest/globals';
import { silentLog } from '@celery-watch/service';
import { RelayMetrics } from './relay-metrics.js';

test('every outcome of a delivery and every kind of alert is there with zero', async () => {
  const metrics = new RelayMetrics(silentLog(), () => 0);
  metrics.configure(['ops']);
  const page = await metrics.page('text', undefined);
  const series = (metric: string): string[] =>
    page.split('\n').flatMap((line) => (line.startsWith(`${metric}{`) && line.endsWith(' 0') ? [line] : []));
  expect(
    series('alert_relay_deliveries_total').map((line) => {
      const [, verdict = '', reason = ''] = /verdict="(\w+)",reason="(\w+)"/.exec(line) ?? [];
      return `${verdict} ${reason}`;
    }),
  ).toEqual(
    expect.arrayContaining([
      'ambiguous network',
      'ambiguous timeout',
      'ambiguous not_understood',
      'ambiguous server_error',
      'ambiguous rate_limited',
      'permanent unsendable',
    ]),
  );
  expect(series('alert_relay_alerts_total').join()).toContain('"held"');
});
