// Structured values of the configuration file, such as a list of mappings: read field by field, and every mistake is
// told with its own path and place.
import { z } from 'zod';
import { wantedBy } from './issues.js';
import { didYouMean } from './near-miss.js';
import { isPrintable, textFormOf, withTextForm } from './values.js';
import type { KeyPath } from './yaml-file.js';

/** One mistake. */
export interface Mistake {
  /** From the option's own value: `[1, 'name']` for the name of its second entry. */
  readonly at: KeyPath;
  /** Completes the sentence "wanted …". */
  readonly wanted: string;
  readonly fix?: string;
  /** Whether what stands there may be repeated; default: it is not. */
  readonly shows?: boolean;
}

export type Report = (mistake: Mistake) => void;

/**
 * A value that is no single text: it stands in the file only, without flag or variable. `read` gets what YAML made of
 * it and reports all that is wrong; what it returns counts where it reported nothing.
 */
export function structured<T>(read: (raw: unknown, report: Report) => T, wanted: string) {
  const schema = z.unknown().transform((raw, context) => {
    const mistakes: Mistake[] = [];
    const value = read(raw, (mistake) => mistakes.push(mistake));
    for (const { at, wanted: message, fix, shows = false } of mistakes)
      context.addIssue({
        code: 'custom',
        message,
        path: [...at],
        params: { printable: true, fix, shows, rest: value },
      });
    return mistakes.length === 0 ? value : z.NEVER;
  });
  return withTextForm(schema, { wanted, placeholder: 'LIST', isStructured: true });
}

/** What `structured` reported, taken from the issue that zod carried it in. */
export function mistakeOf(issue: z.core.$ZodIssue): Mistake {
  const { fix, shows } = (issue.code === 'custom' ? issue.params : undefined) ?? {};
  return {
    at: issue.path as KeyPath,
    wanted: wantedBy(issue),
    ...(typeof fix === 'string' && { fix }),
    shows: shows === true,
  };
}

/** What `structured` could read beside the mistake of which the issue tells. */
export function restBeside(issue: z.core.$ZodIssue | undefined): unknown {
  return issue?.code === 'custom' ? issue.params?.['rest'] : undefined;
}

type Fields = Readonly<Record<string, z.ZodType>>;

/**
 * The fields of a mapping, each read by its kind. Reports keys that are none of them, fields that their kind refuses,
 * and those that are missing and not `.optional()`. What could be read is returned, so that more can be judged.
 */
export function readFields<const F extends Fields>(
  raw: unknown,
  fields: F,
  at: KeyPath,
  report: Report,
): { readonly [Key in keyof F]?: z.output<F[Key]> } {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    report({ at, wanted: `a mapping with the keys ${Object.keys(fields).join(', ')}` });
    return {};
  }
  const given = new Map<string, unknown>(Object.entries(raw));
  for (const key of given.keys()) {
    if (Object.hasOwn(fields, key)) continue;
    const fix = didYouMean(key, Object.keys(fields)) ?? `the keys are ${Object.keys(fields).join(', ')}`;
    report({ at: [...at, key], wanted: 'no such key', fix });
  }
  const values: Record<string, unknown> = {};
  for (const [key, kind] of Object.entries(fields)) {
    const value = given.get(key) ?? undefined;
    const { data, error } = kind.safeParse(value);
    if (!error) {
      if (data !== undefined) values[key] = data;
      continue;
    }
    const [issue] = error.issues;
    const form = textFormOf(kind instanceof z.ZodOptional ? (kind.unwrap() as z.ZodType) : kind);
    const isSecret = form.secret === true;
    const wanted = issue && (!isSecret || isPrintable(issue)) ? wantedBy(issue) : form.wanted;
    report({ at: [...at, key], wanted, shows: !isSecret });
  }
  return values as { readonly [Key in keyof F]?: z.output<F[Key]> };
}
