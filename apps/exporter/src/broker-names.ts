// Which brokers a text names: one URL, or several with a name each, as `--broker-url shop=redis://…` gives them.
import { PrintableError, Secret } from '@celery-watch/service';

export interface NamedUrl {
  /** Undefined for the only broker. */
  readonly name: string | undefined;
  readonly url: Secret;
}

const NAME = /^[A-Za-z0-9_.-]{1,64}$/;
/** Completes "wanted …". */
export const BROKER_NAME_WANTED = 'a name of at most 64 letters, digits, _, . and -';

/** White space before a URL or before its name; what stands behind a `;` is one more host of the same broker. */
const BETWEEN = /(?<![;\s])\s+(?=(?:[^\s=:/]+=)?[a-z][a-z0-9+.-]*:\/\/)/i;
/** A password may hold a `=`, but no scheme may. */
const WITH_NAME = /^([^\s=:/]*)=([a-z][a-z0-9+.-]*:\/\/.*)$/is;

/**
 * Throws AggregateError with all that is wrong, in sentences that hold no secret.
 * @param check throws for a URL that cannot be used
 */
export function readBrokerUrls(
  raw: unknown,
  check: (url: string) => void,
): readonly [NamedUrl, ...(readonly NamedUrl[])] {
  if (typeof raw !== 'string' || raw.trim() === '')
    throw new PrintableError('a text that is not empty; several brokers stand under brokers: in the file');
  const parts = raw.trim().split(BETWEEN);
  const problems: Error[] = [];
  const found = parts.map((part, index): NamedUrl => {
    const [, name, url = part] = WITH_NAME.exec(part) ?? [];
    const whose = parts.length === 1 ? '' : `for number ${index + 1} of ${parts.length} `;
    if (name !== undefined && !NAME.test(name))
      problems.push(new PrintableError(`${whose}${BROKER_NAME_WANTED} before the =`));
    try {
      check(url);
    } catch (error) {
      problems.push(error instanceof PrintableError ? new PrintableError(whose + error.message) : (error as Error));
    }
    return { name, url: new Secret(url) };
  });
  const names = found.flatMap(({ name }) => name ?? []);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined && NAME.test(twice))
    problems.push(new PrintableError(`each name once: ${twice} is there again`));
  if (found.length > 1 && names.length < found.length)
    problems.push(new PrintableError(`a name before each of several URLs, such as shop=redis://…`));
  if (problems.length > 0) throw new AggregateError(problems);
  return found as [NamedUrl, ...NamedUrl[]];
}

/** The name of an entry of `brokers:`. */
export function readBrokerName(raw: unknown): string {
  if (typeof raw === 'number' || typeof raw === 'boolean') throw new Error(`${BROKER_NAME_WANTED}: put it in quotes`);
  if (typeof raw !== 'string' || !NAME.test(raw)) throw new Error(BROKER_NAME_WANTED);
  return raw;
}
