// Tests of the replacing of Grafana's variables.
import { describe, expect, it } from '@jest/globals';
import { withoutVariables } from './dashboard.js';

describe('a query of Grafana', () => {
  it.each([
    ['rate(a[$__rate_interval])', 'rate(a[5m])'],
    ['rate(a[${__rate_interval}])', 'rate(a[5m])'],
    ['increase(a[$__range]) / $__range_s', 'increase(a[5m]) / 300'],
    ['a * $__interval_ms', 'a * 300'],
    ['rate(a[$window]) offset $shift', 'rate(a[5m]) offset 5m'],
    ['a{job=~"$job", queue="${queue:regex}"}', 'a{job=~"$job", queue="${queue:regex}"}'],
    ['a{x="say \\"$y\\""} > $limit', 'a{x="say \\"$y\\""} > 1'],
    ['sum by (${by}) (a)', 'sum by (job) (a)'],
    ['topk([[n]], a)', 'topk(1, a)'],
  ])('%s', (expr, expected) => {
    expect(withoutVariables(expr)).toBe(expected);
  });
});
