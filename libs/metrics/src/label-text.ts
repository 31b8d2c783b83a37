// Writes a label set as it stands between the braces of a sample.
import type { MetricEntry } from '@celery-watch/celery-protocol';

/**
 * One string for each label name in `L`, as a tuple: two labels want two values, and a third does not compile. An entry
 * whose label names are not known to the compiler takes any number of values, and the number is checked when it runs.
 */
export type LabelValues<L extends string> = string extends L
  ? readonly string[]
  : ValuePerName<L> extends infer Values extends readonly string[]
    ? Values
    : never;

/** Takes one name after the other out of the union; every order gives the same tuple. */
type ValuePerName<L extends string, Name = L> = [L] extends [never]
  ? readonly []
  : Name extends L
    ? readonly [string, ...ValuePerName<Exclude<L, Name>>]
    : never;

const SPECIAL = /[\\"\n]/g;
const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

/**
 * Renders `name="x",queue="y"`: the values in the order of the entry's label names, escaped for both formats, and ''
 * for an entry without labels. Lone surrogates become U+FFFD, so that the page is always valid UTF-8; two label sets
 * give the same text only if they are the same series. Throws a TypeError that names the metric if the number of values
 * is wrong.
 */
export function labelText<L extends string>(entry: MetricEntry<L>, values: LabelValues<NoInfer<L>>): string;
export function labelText(entry: MetricEntry, values: readonly string[]): string {
  const names = entry.labels;
  if (values.length !== names.length) {
    throw new TypeError(`${entry.name} wants ${names.length} label values (${names.join(', ')}), not ${values.length}`);
  }
  let text = '';
  for (let i = 0; i < names.length; i++) {
    text += `${i === 0 ? '' : ','}${names[i] as string}="${escapeValue(values[i] as string)}"`;
  }
  return text;
}

function escapeValue(value: string): string {
  return value.toWellFormed().replace(SPECIAL, (character) => ESCAPED[character] as string);
}
