// Numbers as they stand on the page.
import { describe, expect, it } from '@jest/globals';
import { boundText, valueText } from './sample-writer.js';

describe('the text of a value', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [1, '1'],
    [-12, '-12'],
    [0.1, '0.1'],
    [1e6, '1000000'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [1753257600.123, '1753257600.123'],
    [NaN, 'NaN'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
  ])('of %p is %p', (value, text) => {
    expect(valueText(value)).toBe(text);
  });
});

describe('the text of a bucket bound', () => {
  // The table of "Considerations: Canonical Numbers" in OpenMetrics 1.0, and Go's %g beside it for the text format.
  it.each([
    [0, '0.0', '0'],
    [0.001, '0.001', '0.001'],
    [0.002, '0.002', '0.002'],
    [0.01, '0.01', '0.01'],
    [0.1, '0.1', '0.1'],
    [0.9, '0.9', '0.9'],
    [0.95, '0.95', '0.95'],
    [1, '1.0', '1'],
    [1.1, '1.1', '1.1'],
    [2.5, '2.5', '2.5'],
    [10, '10.0', '10'],
    [7200, '7200.0', '7200'],
    [1e-10, '1e-10', '1e-10'],
    [1e-9, '1e-09', '1e-09'],
    [1e-5, '1e-05', '1e-05'],
    [1e-4, '0.0001', '0.0001'],
    [1e5, '100000.0', '100000'],
    [1e6, '1e+06', '1e+06'],
    [1e9, '1e+09', '1e+09'],
    [1e10, '1e+10', '1e+10'],
    [1234567.5, '1.2345675e+06', '1.2345675e+06'],
    [999999, '999999.0', '999999'],
    [-1, '-1.0', '-1'],
  ])('of %p is %p in OpenMetrics and %p in the text format', (bound, openmetrics, text) => {
    expect([boundText(bound, 'openmetrics'), boundText(bound, 'text')]).toEqual([openmetrics, text]);
  });
});
