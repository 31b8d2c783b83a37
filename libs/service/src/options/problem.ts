// What is wrong with the options that were given, in a form for programs and in one for people.
import { shownValue } from './shown.js';

export interface Problem {
  /** The option's key, or the unknown name that was given. */
  readonly key: string;
  /** `flag --port`, `environment variable PORT`, `celery_exporter.yml:12`. */
  readonly where: string;
  /** What was given there; absent where nothing was, and for everything that could be a secret. */
  readonly value?: string;
  /** Completes the sentence "wanted …". */
  readonly wanted: string;
  /** What to do about it. */
  readonly fix?: string;
}

/**
 * One problem a line, each a sentence such as `port: environment variable PORT is "abc", wanted an integer; for example
 * PORT=9808`.
 */
export function problemsText(problems: readonly Problem[]): string {
  return problems.map(lineOf).join('\n');
}

function lineOf({ key, where, value, wanted, fix }: Problem): string {
  const given = value === undefined ? '' : ` is ${JSON.stringify(value)}`;
  const line = `${/[/@]/.test(key) ? shownValue(key) : key}: ${where}${given}, wanted ${wanted}${fix === undefined ? '' : `; ${fix}`}`;
  return line.replace(/\s+/g, ' ');
}
