// JSON text as Python's json.dumps writes it: ", " and ": " between parts, nothing but ASCII.

/** Text that stands in the JSON as it is: Python's floats ("2.0"), or the place of a value that is filled in later. */
export class Verbatim {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type PythonValue =
  string | number | boolean | null | Verbatim | readonly PythonValue[] | { readonly [key: string]: PythonValue };

export function pythonJson(value: PythonValue): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Verbatim) return value.text;
  if (isList(value)) return `[${value.map(pythonJson).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([key, part]) => `${quoted(key)}: ${pythonJson(part)}`)
    .join(', ')}}`;
}

function isList(value: PythonValue): value is readonly PythonValue[] {
  return Array.isArray(value);
}

/** Everything but ASCII is escaped. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
