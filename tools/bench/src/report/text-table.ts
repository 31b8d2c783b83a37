// Tables and numbers for the terminal.

/** Columns as wide as they must be, their text to the right but for the columns named, usually the first. */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  toTheLeft: readonly number[] = [0],
): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, column) => (toTheLeft.includes(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('   ')}`.trimEnd();
  return [line(head), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n');
}

export function count(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en-US') : '–';
}

export function fixed(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '–';
}

export function megabytes(bytes: number): string {
  return `${fixed(bytes / 1e6, 0)} MB`;
}

export function percent(value: number, digits = 1): string {
  return `${value > 0 ? '+' : ''}${fixed(value, digits)} %`;
}
