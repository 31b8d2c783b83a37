// Does this message tell of that alert? Decided from its text alone, since that is all that people get.
import { type Labels } from './records.js';

const RESOLVED = /resolved|已恢复/i;

/**
 * `text`: everything that the message says, in any channel's markup. An alert is told of where its name stands in the
 * message, or what it is about, and every label that tells it from its sisters. A message about its end also says that
 * something is resolved.
 */
export function mentionsAlert(
  text: string,
  { labels, annotations }: { readonly labels: Labels; readonly annotations: Labels },
  status: 'firing' | 'resolved',
): boolean {
  const said = bare(text);
  const names = [labels['alertname'], annotations['summary'], annotations['summary_zh']].filter(
    (each) => each !== undefined && each !== '',
  );
  if (!names.some((each) => said.includes(bare(each ?? '')))) return false;
  if (!['name', 'queue', 'worker'].every((label) => said.includes(bare(labels[label] ?? '')))) return false;
  return status === 'firing' || RESOLVED.test(text);
}

/** Letters and digits alone: each channel escapes the other signs in its own way. */
function bare(text: string): string {
  return text
    .replace(/&#?\w+;/g, '')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase();
}
