// Checks what guides say of metrics and alerts, in fences of PromQL and in inline code; and that the alert guide and
// its Chinese twin have one section for each catalogued alert, and none for any other.
import {
  ALERT_CATALOGUE,
  type AlertEntry,
  METRIC_CATALOGUE,
  type MetricEntry,
  RELAY_METRIC_CATALOGUE,
} from '@celery-watch/celery-protocol';
import type { KnownMetrics } from '../known-metrics.js';
import type { Problem } from '../problem.js';
import { inspectPromql } from '../promql/inspect.js';
import { canHave } from '../promql/labels.js';
import { isSyntaxProblem, parsePromql } from '../promql/parse.js';
import { type Piece, readGuide } from '../sources/markdown.js';

/** The guide that tells of every metric. */
const MONITORING_GUIDE = 'docs/monitoring/CELERY_MONITORING_GUIDE.md';

/** Names that begin like ours but are another project's are written <code>…</code>, which is not looked at. */
const OURS = /^((?:celery|alert_relay)[_:][a-zA-Z0-9_:]*)(.*)$/s;
const ALERT_NAME = /^(?:HighCelery|Celery|AlertRelay)(?:[A-Z][a-z]+){2,}$/;

export function checkGuide(
  file: string,
  text: string,
  known: KnownMetrics,
  catalogue: readonly AlertEntry[] = ALERT_CATALOGUE,
): Problem[] {
  const { queries, inlineCode } = readGuide(text, isQuery);
  const alerts = new Set(catalogue.map(({ name }) => name));
  const problems: Problem[] = [];
  const report = (line: number, problem: string): void => {
    problems.push({ file, line, text: problem });
  };
  for (const query of queries) reportQuery(query, known, report);
  for (const code of inlineCode) {
    if (ALERT_NAME.test(code.text) && !alerts.has(code.text))
      report(code.line, `${code.text} is not in the alert catalogue`);
    checkInlineCode(code, known, report);
  }
  return problems;
}

type Report = (line: number, problem: string) => void;

function reportQuery({ text, line }: Piece, known: KnownMetrics, report: Report): void {
  for (const { at, text: problem } of inspectPromql(text, known).problems)
    report(line + text.slice(0, at).split('\n').length - 1, problem);
}

function checkInlineCode(code: Piece, known: KnownMetrics, report: Report): void {
  const [, name, rest = ''] = OURS.exec(code.text) ?? [];
  if (name === undefined) {
    // A command line or the like is no PromQL, and not for this check.
    if (/\b(?:celery|alert_relay)[_:]\w/.test(code.text) && isQuery(code.text)) reportQuery(code, known, report);
    return;
  }
  // The name of a file.
  if (/^[./-]/.test(rest)) return;
  if (/^(?:\*|…|\.\.\.)/.test(rest)) {
    if (!known.isPrefix(name)) report(code.line, `no metric begins with ${name}`);
    return;
  }
  // celery_tasks_total{name,queue}: the labels without values.
  const [, list] = /^\{([\w\s,]+)\}$/.exec(rest) ?? [];
  if (rest === '' || list !== undefined) {
    // The beginning of several names, such as celery_worker.
    if (!known.isName(name) && !known.isPrefix(`${name}_`)) {
      report(
        code.line,
        `there is no metric ${name}${name.startsWith('celery_') ? ` (a name that is another project's is written <code>${name}</code>)` : ''}`,
      );
    }
    const labels = known.metric(name)?.labels ?? known.metric(`${name}_bucket`)?.labels ?? 'any';
    for (const label of list?.split(',').map((each) => each.trim()) ?? []) {
      if (label !== '' && !canHave(labels, label)) report(code.line, `${name} has no label ${label}`);
    }
    return;
  }
  // A line of /metrics ends in its value: celery_broker_up 0.
  reportQuery({ ...code, text: code.text.replace(/(?<=[\w}])\s+[+-]?[\d.]+(?:e[+-]?\d+)?$/, '') }, known, report);
}

function isQuery(text: string): boolean {
  return !isSyntaxProblem(parsePromql(text));
}

/** Each metric stands in one of the guides of each language. */
export function checkMetricsAreTold(
  guides: readonly { readonly file: string; readonly text: string }[],
  catalogue: readonly MetricEntry[] = [...METRIC_CATALOGUE, ...RELAY_METRIC_CATALOGUE],
): Problem[] {
  const isChinese = (file: string): boolean => file.endsWith('.zh-CN.md');
  return [MONITORING_GUIDE, MONITORING_GUIDE.replace(/\.md$/, '.zh-CN.md')].flatMap((file) => {
    const text = guides
      .filter((guide) => isChinese(guide.file) === isChinese(file))
      .map((guide) => guide.text)
      .join('\n');
    return catalogue
      .filter(({ name }) => !new RegExp(`\\b${name}(?:_bucket|_sum|_count)?(?!\\w)`).test(text))
      .map(({ name }) => ({ file, text: `neither here nor in another guide is a word about the metric ${name}` }));
  });
}

/** A heading of this form is an alert's: one word made of three or more. */
const LIKE_AN_ALERT = /^(?:[A-Z][a-z]+){3,}$/;

/** @param text undefined where the guide is not there */
export function checkAlertGuide(
  file: string,
  text: string | undefined,
  catalogue: readonly AlertEntry[] = ALERT_CATALOGUE,
): Problem[] {
  if (text === undefined) return [{ file, text: 'is missing: the guide that tells what to do for each alert' }];
  const { headings } = readGuide(text);
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
