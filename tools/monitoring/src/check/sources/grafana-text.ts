// Grafana's variables in a query: Prometheus never sees them, so that they are replaced before the query is read as
// PromQL.

const DURATIONS = /\$(?:\{__(?:rate_interval|interval|range)(?::\w+)?\}|__(?:rate_interval|interval|range)\b)/g;
const NUMBERS =
  /\$(?:\{__(?:interval_ms|range_ms|range_s|from|to)(?::\w+)?\}|__(?:interval_ms|range_ms|range_s|from|to)\b)/g;
const VARIABLE = /\$(?:\{\w+(?::\w+)?\}|\w+)|\[\[\w+(?::\w+)?\]\]/g;

/** The query with something of the same kind in place of each variable. Inside quotes they stay: they are values. */
export function withoutVariables(expr: string): string {
  const known = expr.replace(NUMBERS, '300').replace(DURATIONS, '5m');
  return known.replace(VARIABLE, (variable, at: number) => {
    const before = known.slice(0, at);
    if (isInQuotes(before)) return variable;
    if (/\[[^\]]*$/.test(before) || /offset\s+-?$/.test(before)) return '5m';
    if (/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*$/.test(before)) return 'job';
    return '1';
  });
}

function isInQuotes(before: string): boolean {
  let quote: string | undefined;
  for (let i = 0; i < before.length; i++) {
    const character = before[i];
    if (quote !== undefined && character === '\\') i++;
    else if (quote === undefined && (character === '"' || character === "'" || character === '`')) quote = character;
    else if (character === quote) quote = undefined;
  }
  return quote !== undefined;
}
