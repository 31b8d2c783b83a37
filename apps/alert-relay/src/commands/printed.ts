// How commands print what strangers wrote: one line where one is wanted, cut where it is long, and no sign that would
// move the cursor or turn the text around.
import { clip } from '@celery-watch/service';

/** Control characters, line ends, and what changes the direction of the text. */
const ODD = /[\p{Cc}\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** In one line; signs that a terminal obeys are written as codes. */
export function inLine(text: string, max = Infinity): string {
  return clip(text.replace(/\s+/gu, ' ').replace(ODD, codeOf).trim(), max);
}

/** Line by line, each behind `indent`; without the line ends at its end. */
export function inLines(text: string, indent: string): string {
  return text
    .trimEnd()
    .split(/\r\n|[\r\n\u2028\u2029]/)
    .map((line) => `${indent}${line.replace(ODD, (sign) => (sign === '\t' ? sign : codeOf(sign)))}\n`)
    .join('');
}

function codeOf(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** `{queue="celery", severity="critical"}` */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${pairs.join(', ')}}`;
}

/** `2026-01-31 06:00:00Z`, with milliseconds where `exact`. A time that no calendar has is shown as its number. */
export function timeText(ms: number, { exact = false } = {}): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(ms);
  const text = date.toISOString().replace('T', ' ');
  return exact ? text : text.replace(/\.\d+Z$/, 'Z');
}

/** `1 attempt`, `2 attempts`. */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

/** Rows below each other, each column but the last as wide as its widest cell; numbers to the right. */
export function aligned(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  return rows
    .map((row) => {
      const cells = row.map((cell, column) => {
        const width = column === row.length - 1 ? 0 : (widths[column] ?? 0);
        return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width);
      });
      return `${cells.join('  ').trimEnd()}\n`;
    })
    .join('');
}
