// Long texts for people, written over several lines of the source and read as one.

/**
 * A tagged template: every run of white space in its text, line ends too, becomes one space, and the ends are trimmed.
 * Values that are put in stay as they are.
 */
export function prose(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return parts
    .map((part, index) => part.replace(/\s+/g, ' ') + String(values[index] ?? ''))
    .join('')
    .trim();
}
