// Options that are numbers.
import { optionOf, type Declare, type Declared, type Kind } from './option.js';

export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** A whole number in decimal digits. */
export const integer: Declare<number, number, Range> = (spec: Declared<number, Range>) =>
  optionOf<number, number>(
    spec,
    numberKind(
      `an integer${between(spec)}`,
      (value) => Number.isSafeInteger(value) && within(value, spec),
      /^[+-]?\d+$/,
    ),
  );

/** A decimal number, such as `0.5` or `1e-3`. */
export const number: Declare<number, number, Range> = (spec: Declared<number, Range>) =>
  optionOf<number, number>(
    spec,
    numberKind(`a number${between(spec)}`, (value) => Number.isFinite(value) && within(value, spec), DECIMAL),
  );

export interface NumberListSpec extends Range {
  /** Each number must be greater than the one before it, as a histogram's buckets are. */
  readonly ascending?: boolean;
}

/** Numbers between commas, at least one; in the file a YAML list or the same text. */
export const numberList: Declare<readonly number[], readonly number[], NumberListSpec> = (
  spec: Declared<readonly number[], NumberListSpec>,
) => {
  const wanted = `${spec.ascending === true ? 'ascending ' : ''}numbers${between(spec)}, with commas between them`;
  const check = (values: readonly number[]): readonly number[] => {
    const good = values.every((value, index) => {
      const before = values[index - 1];
      const climbs = spec.ascending !== true || before === undefined || value > before;
      return Number.isFinite(value) && within(value, spec) && climbs;
    });
    if (!good || values.length === 0) throw new Error(wanted);
    return Object.freeze([...values]);
  };
  const read = (given: string): readonly number[] =>
    check(given.split(',').map((word) => (DECIMAL.test(word.trim()) ? Number(word) : NaN)));
  return optionOf<readonly number[], readonly number[]>(spec, {
    wanted,
    placeholder: 'N,N,…',
    fromText: read,
    fromYaml: (value) => {
      if (typeof value === 'string') return read(value);
      return check(Array.isArray(value) ? value.map((item: unknown) => (typeof item === 'number' ? item : NaN)) : []);
    },
    fromDefault: check,
    show: (values) => values.join(','),
  });
};

/** " from 1 to 5", " of at least 1", or nothing: completes "an integer". */
export function between({ min, max }: Range, show: (value: number) => string = String): string {
  if (min !== undefined && max !== undefined) return ` from ${show(min)} to ${show(max)}`;
  if (min !== undefined) return ` of at least ${show(min)}`;
  return max === undefined ? '' : ` of at most ${show(max)}`;
}

export function within(value: number, { min = -Infinity, max = Infinity }: Range): boolean {
  return value >= min && value <= max;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function numberKind(wanted: string, accepts: (value: number) => boolean, form: RegExp): Kind<number, number> {
  const check = (value: number): number => {
    if (!accepts(value)) throw new Error(wanted);
    return value;
  };
  return {
    wanted,
    placeholder: 'N',
    fromText: (given) => check(form.test(given.trim()) ? Number(given) : NaN),
    fromYaml: (value) => {
      if (typeof value === 'string') throw new Error(`${wanted}, without quotes`);
      return check(typeof value === 'number' ? value : NaN);
    },
    fromDefault: check,
    show: String,
  };
}
