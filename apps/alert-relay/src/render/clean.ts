// Text of others made harmless for any reader: no control characters, no letters that turn the direction of reading, no
// broken characters.

/** Nobody reads more of one text, and cleaning it would cost the time of others. In UTF-16 units. */
const MOST_READ = 20_000;

/**
 * A text of several lines: controls and marks of direction removed, half characters replaced, at most one line break in
 * a row, trimmed; of a text that is longer than anybody reads the beginning, with an ellipsis.
 */
export function cleanText(text: string): string {
  const whole = text.trim();
  const read = whole.length > MOST_READ ? `${whole.slice(0, MOST_READ)}…` : whole;
  // Line by line: a pattern for "blanks around a line break" looks at each run of blanks again from each of its blanks.
  return harmless(read)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

/** Without what no reader should get, and nothing else changed: for texts that stand beside others. */
export function harmless(text: string): string {
  return (
    text
      .toWellFormed()
      .replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, '\n')
      .replace(/\t/g, ' ')
      // The joiners hold emoji and some scripts together; everything else of these classes is invisible or moves the
      // text.
      .replace(/(?![\n\u200c\u200d])[\p{Cc}\p{Cf}]/gu, '')
  );
}

/** The same in one line. */
export function cleanLine(text: string): string {
  return cleanText(text).replace(/\s+/g, ' ');
}

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
/**
 * Code units that one character may have on average: a letter with a thousand accents must not be a way around the
 * limit.
 */
const UNITS_PER_CHARACTER = 4;
const UNITS_BESIDE = 32;

/** The first `most` characters as people count them, never a part of one; `mark` says that it goes on. */
export function clip(text: string, most: number, mark: string): string {
  if (text.length <= most) return text;
  let kept = 0;
  let end = 0;
  for (const { segment, index } of GRAPHEMES.segment(
    text.slice(0, (most + 1) * UNITS_PER_CHARACTER + 2 * UNITS_BESIDE),
  )) {
    const next = index + segment.length;
    if (kept === most || next > most * UNITS_PER_CHARACTER + UNITS_BESIDE)
      return `${text.slice(0, end).trimEnd()}${mark}`;
    kept++;
    end = next;
  }
  return end >= text.length ? text : `${text.slice(0, end).trimEnd()}${mark}`;
}
