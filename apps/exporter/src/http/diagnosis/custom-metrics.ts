// Findings about the metrics of the user's own: events that were not counted, misspelled types and fields, and metrics
// that are full.
import { exporterMetrics, OTHER } from '@celery-watch/celery-protocol';
import { didYouMean } from '@celery-watch/service';
import type { SkipReason } from '../../tracking/custom/custom-metric.js';
import type { CustomMetricStatus } from '../custom-status.js';
import { code, count, counted, some } from '../wording.js';
import type { FindingText, Rule } from './finding.js';

export const skippedCustomEvents: Rule = ({ custom }) =>
  custom.metrics.flatMap((metric) =>
    metric.skipped
      .filter(([, n]) => n > 0)
      .map(([reason, n]) => ({ level: 'warning', ...TEXTS.skipped(metric, reason, n) })),
  );

export const misspelledCustomEvents: Rule = ({ custom }) =>
  custom.metrics
    .filter(({ silence }) => silence === undefined)
    .flatMap(({ name, events }) =>
      events.flatMap((event) => {
        const alike = custom.uncounted.map(([type]) => type).filter((type) => didYouMean(event, [type]) !== undefined);
        return alike.length === 0 ? [] : [{ level: 'warning' as const, ...TEXTS.misspelled(name, event, alike) }];
      }),
    );

export const emptyCustomLabels: Rule = ({ custom }) =>
  custom.metrics
    .filter(({ unseenFields }) => unseenFields.length > 0)
    .map((metric) => ({ level: 'note', ...TEXTS.emptyLabels(metric) }));

export const fullCustomMetrics: Rule = ({ custom, dropped }) =>
  custom.metrics.flatMap(({ name, type }) => {
    const n = new Map(dropped).get(name) ?? 0;
    return n === 0 ? [] : [{ level: 'warning' as const, ...TEXTS.full(name, type, n) }];
  });

function fields({ values }: CustomMetricStatus): string {
  return some(values, code);
}

const REASONS: Readonly<Record<SkipReason, (metric: CustomMetricStatus) => readonly [meaning: string, fix: string]>> = {
  no_value: (metric) => [
    `They lack the field ${fields(metric)}, or it was None or NaN.`,
    'Compare how the field is spelled in the code and as `value` in `custom_metrics`.',
  ],
  not_a_number: (metric) => [
    `What ${fields(metric)} held was a text, a list or infinite, and no number. A text is none, even if it looks like one.`,
    'Send a number: `float(x)` or `int(x)`, for a Decimal too.',
  ],
  negative: ({ type }) => [
    `The value was below zero, which a ${type} cannot take.`,
    'Make it a `gauge` in `custom_metrics` if it may fall, or see why the code sends such a value.',
  ],
  too_large: () => [
    'The value was so large that the sum would never be exact again.',
    'See why the code sends such a value, or send it in a larger unit.',
  ],
  bad_label: () => [
    'The field of a label held a list or a mapping, or something that JSON has no text for.',
    'Send a text: `str(x)`.',
  ],
  no_task: () => [
    'They were sent outside of a task, and `combine` wants the values of the tasks that run.',
    'Send them with `self.send_event(…)` inside of a task, or leave `combine` away.',
  ],
};

const TEXTS = {
  skipped: (metric: CustomMetricStatus, reason: SkipReason, n: number): FindingText => {
    const [meaning, fix] = REASONS[reason](metric);
    const { lastSkip } = metric;
    const last =
      lastSkip === undefined
        ? ''
        : lastSkip.fields.length === 0
          ? ` The last one that was not counted, ${code(lastSkip.event)}, had no fields.`
          : ` The last one that was not counted, ${code(lastSkip.event)}, had the fields ${some(lastSkip.fields, code, 10)}.`;
    return {
      title: `${counted(n, 'event')} ${n === 1 ? 'was' : 'were'} not counted in ${code(metric.name)}: ${code(reason)}`,
      detail: `${meaning}${last} They are counted in \`${exporterMetrics.customSkipped.name}\` alone.`,
      fix,
    };
  },
  misspelled: (metric: string, event: string, alike: readonly string[]): FindingText => ({
    title: `${code(metric)} waits for ${code(event)}, which never came`,
    detail: `What comes, and what nobody counts, is ${some(alike, code)}.`,
    fix: 'Spell it alike in the code and as `event` in `custom_metrics`.',
  }),
  emptyLabels: ({ name, unseenFields }: CustomMetricStatus): FindingText => ({
    title: `${code(name)} has labels that were never filled`,
    detail: `No event so far had ${unseenFields.length === 1 ? 'the field' : 'the fields'} ${some(unseenFields, code)}.`,
    fix: 'Compare how the field is spelled in the code and under `labels` in `custom_metrics`.',
  }),
  full: (metric: string, type: string, n: number): FindingText => ({
    title: `The cap of ${code(metric)} is reached`,
    detail:
      (type === 'gauge'
        ? 'Values with new labels, or of more tasks at once than are held, are left out.'
        : `Events with new labels are counted under "${OTHER}".`) +
      ` It happened ${n === 1 ? 'once' : `${count(n)} times`}.`,
    fix:
      'Raise `max_series` of this entry of `custom_metrics`, or choose labels with few values: ids, file names and ' +
      'addresses never fit.',
  }),
};
