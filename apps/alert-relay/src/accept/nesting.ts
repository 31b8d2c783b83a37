// How deep a text of JSON is nested, seen before it is parsed: parsing and writing take time with the square of it, and
// ten megabytes of brackets would stop the relay for half a minute.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Whether arrays and objects stand in each other more than `most` times. The text may be anything. */
export function isNestedDeeper(text: Uint8Array, most: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] ?? 0;
    if (byte === QUOTE) at = endOfString(text, at);
    // All signs that matter are rare and above this.
    else if (byte > BACKSLASH - 2 && OPENING.has(byte) && ++depth > most) return true;
    else if (byte > BACKSLASH && CLOSING.has(byte)) depth--;
  }
  return false;
}

/** Where the closing quote of a string stands; the end of the text where there is none. */
export function endOfString(text: Uint8Array, opening: number): number {
  for (let at = opening + 1; at < text.length; at++) {
    if (text[at] === BACKSLASH) at++;
    else if (text[at] === QUOTE) return at;
  }
  return text.length;
}
