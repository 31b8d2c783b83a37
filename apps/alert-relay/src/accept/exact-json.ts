// Reads JSON without changing its numbers: what JavaScript would round, or take for infinite, stays the text that came.
// Two alerts that differ in the last digit of a long number are two alerts.

/** A number that may be long or far, behind a sign of JSON. Found in strings too, which costs time and nothing else. */
const SUSPECT = /[:,[]\s*-?(?:[\d.]{16}|[\d.]+e[-+]?\d{3})/i;
/** So many digits are never rounded. */
const SAFE_DIGITS = 15;

/** Like `JSON.parse`; throws its SyntaxError. */
export function parseExactly(text: string): unknown {
  return SUSPECT.test(text) ? JSON.parse(text, asItCame) : JSON.parse(text);
}

/** For JSON.parse, which gives the number's own text as a third value; Node.js 20 gives none: it rounds. */
function asItCame(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value !== 'number' || source === undefined || isExact(value, source) ? value : source;
}

function isExact(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return false;
  const digits = source.replace(/e.*$/i, '').replace(/[-.]/g, '').replace(/^0+/, '');
  if (value === 0) return digits === '';
  return digits.length <= SAFE_DIGITS || String(value) === source || isSameWhole(value, source);
}

function isSameWhole(value: number, source: string): boolean {
  return Number.isSafeInteger(value) && /^-?\d+$/.test(source);
}
