// What is wrong with the options that were given, in a form for programs and in one for people.
import { redactUrl } from '../secret.js';

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

const LONGEST_VALUE = 100;

/**
 * A value as it may be shown: short, and without what may be a secret. A URL at a wrong place may be a webhook's, whose
 * path is its password; and `name:password@host` is one without a scheme.
 */
export function shownValue(value: unknown): string {
  const text = redactUrl(typeof value === 'string' ? value : JSON.stringify(value))
    .replace(/(https?:\/\/[^\s/?#"]*[/?#])[^\s"]+/gi, '$1[redacted]')
    .replace(/(^|[\s"])([^\s":]*:)(?!\/\/)[^\s"]*(?=@)/g, '$1$2[redacted]');
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

function lineOf({ key, where, value, wanted, fix }: Problem): string {
  const given = value === undefined ? '' : ` is ${JSON.stringify(value)}`;
  const line = `${/[/@]/.test(key) ? shownValue(key) : key}: ${where}${given}, wanted ${wanted}${fix === undefined ? '' : `; ${fix}`}`;
  return line.replace(/\s+/g, ' ');
}
