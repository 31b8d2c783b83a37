// What a check found: where, and what is wrong there.

export interface Problem {
  /** Path below the repository. */
  readonly file: string;
  /** Undefined where the file as a whole is meant, or is missing. */
  readonly line?: number | undefined;
  /** What stands there, for people: an alert, a panel, a test. */
  readonly where?: string | undefined;
  readonly text: string;
}

/** One line, in the form that editors make a link of. */
export function showProblem({ file, line, where, text }: Problem): string {
  return `${file}${line === undefined ? '' : `:${line}`}${where === undefined ? '' : ` (${where})`}: ${text}`;
}
