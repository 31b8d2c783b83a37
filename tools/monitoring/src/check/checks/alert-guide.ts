// Checks that the alert guide and its Chinese twin have one section for each catalogued alert, and none for any other.
import { ALERT_CATALOGUE, type AlertEntry } from '@celery-watch/celery-protocol';
import type { Problem } from '../problem.js';
import { readGuide } from '../sources/markdown.js';

/** A heading of this form is an alert's: one word made of three or more. */
const LIKE_AN_ALERT = /^(?:[A-Z][a-z]+){3,}$/;

/** @param text undefined where the guide is not there */
export function checkAlertGuide(
  file: string,
  text: string | undefined,
  catalogue: readonly AlertEntry[] = ALERT_CATALOGUE,
): Problem[] {
  if (text === undefined) return [{ file, text: 'is missing: the guide that tells what to do for each alert' }];
  const { headings } = readGuide(text, () => true);
  const names = new Set(catalogue.map(({ name }) => name));
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const { text: heading, line } of headings) {
    if (!names.has(heading)) {
      if (LIKE_AN_ALERT.test(heading))
        problems.push({ file, line, text: `a section for ${heading}, which is not in the alert catalogue` });
    } else if (seen.has(heading)) {
      // A second heading of the same text gets another anchor, and the link leads to the first.
      problems.push({ file, line, text: `a second section for ${heading}` });
    }
    seen.add(heading);
  }
  return [
    ...problems,
    ...catalogue
      .filter(({ name }) => !seen.has(name))
      .map(({ name }) => ({ file, text: `has no section whose heading is ${name}` })),
  ];
}
