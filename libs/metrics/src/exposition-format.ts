// The two formats in which a page can be written, and the choice between them by the Accept header of a scrape.

/** `text` is Prometheus' own text format 0.0.4, `openmetrics` is OpenMetrics 1.0. */
export type ExpositionFormat = 'text' | 'openmetrics';

/** The value of the Content-Type header that goes with a page of each format. */
export const CONTENT_TYPES = Object.freeze({
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} satisfies Record<ExpositionFormat, string>);

const OPENMETRICS_VERSIONS = new Set(['', '0.0.1', '1.0.0']);
const TEXT_VERSIONS = new Set(['', '0.0.4']);

/** One media range that we can serve: what we would send, how much it is wanted, how exactly it was named. */
interface Wish {
  readonly format: ExpositionFormat;
  readonly quality: number;
  readonly exact: boolean;
}

/**
 * The format for an Accept header. OpenMetrics goes only to a client that names it, without a version or with 1.0.0 or
 * 0.0.1, and that wants it more than text; between equal q-values an exact name goes before a wildcard, then the one
 * that stands first. Everything else, an absent or unreadable header included, gets text: a scrape is never refused.
 */
export function negotiate(accept: string | undefined): ExpositionFormat {
  let best: Wish | undefined;
  for (const range of (accept ?? '').split(',')) {
    const wish = readRange(range);
    if (wish && wish.quality > 0 && (!best || isStronger(wish, best))) best = wish;
  }
  return best?.format ?? 'text';
}

function isStronger(wish: Wish, than: Wish): boolean {
  return wish.quality === than.quality ? wish.exact && !than.exact : wish.quality > than.quality;
}

function readRange(range: string): Wish | undefined {
  const [name = '', ...rest] = range.toLowerCase().split(';');
  const parameters = new Map(rest.map(readParameter));
  const quality = readQuality(parameters.get('q'));
  const version = parameters.get('version') ?? '';
  switch (name.trim()) {
    case 'application/openmetrics-text':
      return OPENMETRICS_VERSIONS.has(version) ? { format: 'openmetrics', quality, exact: true } : undefined;
    case 'text/plain':
      return TEXT_VERSIONS.has(version) ? { format: 'text', quality, exact: true } : undefined;
    case 'text/*':
    case '*/*':
      return { format: 'text', quality, exact: false };
    default:
      return undefined;
  }
}

function readParameter(parameter: string): [name: string, value: string] {
  const [name = '', value = ''] = parameter.split('=', 2);
  return [name.trim(), value.trim().replace(/^"(.*)"$/, '$1')];
}

/** RFC 9110: from 0 to 1 with at most three decimals; an absent q is 1. What is malformed is wanted not at all. */
function readQuality(q: string | undefined): number {
  if (q === undefined) return 1;
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(q) ? Number(q) : 0;
}
