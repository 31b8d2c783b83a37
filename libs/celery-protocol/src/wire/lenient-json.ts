// JSON as Python writes it: NaN, Infinity and -Infinity may stand as bare words (facts: json.dumps with allow_nan).
import { Refusal } from './refusal.js';

/** Parses JSON text; Python's bare NaN and infinities become null. Never throws. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    try {
      return JSON.parse(withoutBareWords(text)) as unknown;
    } catch {
      return new Refusal('not_json', `not JSON (${String(text.length)} characters)`);
    }
  }
}

const STRING_OR_WORD = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/gs;

/** Strings are matched first and kept, so that a NaN inside of one stays text. */
function withoutBareWords(text: string): string {
  return text.replace(STRING_OR_WORD, (found) => (found.startsWith('"') ? found : 'null'));
}
