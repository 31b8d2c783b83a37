// Spans of time: people write `30s` or `1h30m`, the program gets seconds.
import { z } from 'zod';
import { between, withTextForm } from './values.js';

/** Seconds as a number, or a text such as `500ms`, `30s`, `15m`, `1h`, `7d` or `1h30m`. */
export type Duration = number | string;

export interface DurationRules {
  readonly min?: Duration;
  readonly max?: Duration;
  /** Completes "wanted …"; made of the range where it is absent. */
  readonly wanted?: string;
}

/** A span of time, not negative; a plain number is seconds. The value is seconds. */
export function duration({ min, max, wanted: said }: DurationRules = {}) {
  const range = {
    ...(min !== undefined && { min: toSeconds(min) }),
    ...(max !== undefined && { max: toSeconds(max) }),
  };
  const wanted = said ?? `a duration${between(range, showDuration)}, such as ${examplesIn(range)}`;
  const schema = z
    .union([z.string(), z.number()], wanted)
    .transform((given) => (typeof given === 'number' ? given : (parseDuration(given) ?? NaN)))
    .refine((seconds) => seconds >= (range.min ?? 0) && seconds <= (range.max ?? Infinity), wanted);
  const show = (value: unknown): string => (typeof value === 'number' ? showDuration(value) : String(value));
  return withTextForm(schema, { wanted, placeholder: 'DURATION', show });
}

const EXAMPLES = ['500ms', '30s', '15m', '1h30m'];

/** Those that would be taken. */
function examplesIn({ min = 0, max = Infinity }: { readonly min?: number; readonly max?: number }): string {
  const fitting = EXAMPLES.filter((text) => toSeconds(text) >= min && toSeconds(text) <= max);
  return fitting.length === 0 ? showDuration(min) : `${fitting.join(', ')} or a number of seconds`;
}

const N = String.raw`(\d+(?:\.\d+)?)`;
const WITH_UNITS = new RegExp(`^(?:${N}d)?(?:${N}h)?(?:${N}m)?(?:${N}s)?(?:${N}ms)?$`);
const UNIT_MS = [86_400_000, 3_600_000, 60_000, 1_000, 1];
const UNIT_NAMES = ['d', 'h', 'm', 's', 'ms'];

/** Seconds, or undefined where the text is no duration. Units go from great to small, each at most once. */
export function parseDuration(given: string): number | undefined {
  const text = given.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  const parts = WITH_UNITS.exec(text);
  if (text === '' || !parts) return undefined;
  const ms = UNIT_MS.reduce((sum, unit, index) => sum + Number(parts[index + 1] ?? 0) * unit, 0);
  return ms / 1_000;
}

/** Seconds in the form that people write: 5400 is `1h30m`. */
export function showDuration(seconds: number): string {
  let rest = Math.round(seconds * 1_000);
  let shown = '';
  UNIT_MS.forEach((unit, index) => {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) shown += `${count}${UNIT_NAMES[index] ?? ''}`;
  });
  return shown === '' ? '0s' : shown;
}

function toSeconds(value: Duration): number {
  const seconds = typeof value === 'number' ? value : parseDuration(value);
  if (seconds === undefined) throw new Error(`"${value}" is no duration`);
  return seconds;
}
