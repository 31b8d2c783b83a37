// Tests of the figures of the rule measurement.
import { describe, expect, it } from '@jest/globals';
import { readScrape } from '@celery-watch/testbed';
import { lastRound, median, showRounds } from './rounds.js';

describe('the rounds of rule groups', () => {
  it('are read from the page of Prometheus by the name of the group', () => {
    const page = readScrape(
      'prometheus_rule_group_last_duration_seconds{rule_group="/a/b.yml;celery_alerts"} 0.004\nprometheus_rule_group_last_evaluation_timestamp_seconds{rule_group="/a/b.yml;celery_alerts"} 12.5\n',
    );
    expect(lastRound(page)).toEqual([{ group: 'celery_alerts', at: 12.5, seconds: 0.004 }]);
  });

  it('have a median', () => {
    expect([median([3]), median([9, 1, 2]), median([4, 1, 2, 3])]).toEqual([3, 2, 2.5]);
  });

  it('are shown with their sums', () => {
    const table = showRounds(
      new Map([
        ['a', [0.001, 0.002, 0.009]],
        ['b', [0.003]],
      ]),
      new Map([
        ['a', 5],
        ['b', 1],
      ]),
    );
    expect(table.split('\n').map((line) => line.replace(/\s+/g, ' '))).toEqual([
      'group rules rounds median least most',
      'a 5 3 2.00 ms 1.00 ms 9.00 ms',
      'b 1 1 3.00 ms 3.00 ms 3.00 ms',
      'all 6 5.00 ms 4.00 ms 12.00 ms',
    ]);
  });
});
