// Text that is read from right to left among text that is read from left to right: isolated, so that neither moves the
// other's words, numbers and signs (Unicode's bidirectional algorithm, UAX 9).

/** First strong isolate: the text's own first letter says its direction. */
const FSI = '\u2068';
const PDI = '\u2069';
const MARKS = /[\u2068\u2069]/g;

/** Hebrew, Arabic and the other scripts of that direction. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A text of others that is put beside ours: each of its lines isolated where it has letters of that direction. */
export function isolate(text: string): string {
  return RIGHT_TO_LEFT.test(text)
    ? perLine(text, (line) => (RIGHT_TO_LEFT.test(line) ? FSI + line + PDI : line))
    : text;
}

/** The same for a text that may hold isolated ones, and may have been cut within one. */
export function isolateWhole(text: string): string {
  if (!RIGHT_TO_LEFT.test(text)) return text.replace(MARKS, '');
  return perLine(text, (line) =>
    line.includes(FSI) ? closed(line) : RIGHT_TO_LEFT.test(line) ? FSI + line.replaceAll(PDI, '') + PDI : line,
  );
}

/** An isolate ends with its line whatever it holds, so each line has its own. */
function perLine(text: string, change: (line: string) => string): string {
  return text.split('\n').map(change).join('\n');
}

/** Every mark that begins has one that ends, and none ends what did not begin. */
export function closed(line: string): string {
  let open = 0;
  const kept = line.replace(MARKS, (mark) => {
    if (mark === PDI && open === 0) return '';
    open += mark === FSI ? 1 : -1;
    return mark;
  });
  return kept + PDI.repeat(open);
}
