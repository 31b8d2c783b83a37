// Writes numbers: the value of a sample, and a histogram's bound as the value of its `le` label.
import type { ExpositionFormat } from './exposition-format.js';

/**
 * A sample's value: integers below 1e21 without exponent, else the shortest text that reads back as the same number.
 */
export function valueText(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}

/**
 * A finite bucket bound as the value of `le`. `le` is text to Prometheus, so one bound must always have one spelling:
 * both formats use Go's `%g` (0.0001, 2.5, 1e+06), and OpenMetrics adds `.0` where neither a point nor an exponent says
 * that it is a float.
 */
export function boundText(bound: number, format: ExpositionFormat): string {
  const text = goFloat(bound);
  return format === 'openmetrics' && !/[.e]/.test(text) ? `${text}.0` : text;
}

/**
 * Go writes an exponent below 1e-4 and from 1e6 (JavaScript: below 1e-6 and from 1e21), with a sign and at least two
 * digits.
 */
function goFloat(value: number): string {
  const [digits = '', power = ''] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(value);
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
