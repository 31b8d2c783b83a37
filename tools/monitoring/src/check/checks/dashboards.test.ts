// Tests of the check over dashboards.
import { describe, expect, it } from '@jest/globals';
import { known } from '../testing-rules.js';
import { checkDashboard } from './dashboards.js';

const DASHBOARD = {
  title: 'Queues',
  panels: [
    {
      title: 'A row',
      panels: [
        {
          title: 'Length',
          targets: [
            { refId: 'A', expr: 'max by (queue) (celery_queue_length{job=~"$job"})', legendFormat: '{{queue}}' },
          ],
        },
      ],
    },
    {
      title: 'Rate',
      targets: [
        {
          refId: 'A',
          expr: 'sum by ($by) (rate(celery_tasks_total{queue=~"$queue", state="${state:regex}"}[$__rate_interval]))',
          legendFormat: '{{job}}',
        },
      ],
    },
  ],
  templating: {
    list: [
      { type: 'query', name: 'queue', query: { query: 'label_values(celery_queue_length{job=~"$job"}, queue)' } },
      { type: 'custom', name: 'by', query: 'job,queue' },
    ],
  },
  annotations: { list: [{ name: 'Alerts', expr: 'ALERTS{alertstate="firing"}' }] },
};
const TEXT = JSON.stringify(DASHBOARD);

function find(text: string): string[] {
  return checkDashboard('a.json', text, known()).map(({ where, text: problem }) => `${where ?? ''}: ${problem}`);
}

describe('a dashboard', () => {
  it('that is right has no problem', () => {
    expect(find(TEXT)).toEqual([]);
  });

  it.each([
    [
      'an unknown metric in a nested panel',
      'max by (queue) (celery_queue_length',
      'max by (queue) (celery_queue_size',
      '"Length" A: there is no metric celery_queue_size — in max by',
    ],
    [
      'an unknown label behind a variable',
      'queue=~\\"$queue\\"',
      'worker=~\\"$queue\\"',
      '"Rate" A: celery_tasks_total has no label worker',
    ],
    [
      'a legend of a label that is gone',
      '{{queue}}',
      '{{ name }}',
      '"Length" A: the legend shows name, and the result has the labels queue',
    ],
    [
      'a variable over an unknown metric',
      'label_values(celery_queue_length',
      'label_values(celery_queue_size',
      'variable queue: there is no metric celery_queue_size',
    ],
    [
      'a variable over a label that is not there',
      '}, queue)',
      '}, worker)',
      'variable queue: the variable asks for worker',
    ],
    [
      'an unknown metric in an annotation',
      'ALERTS{alertstate',
      'ALARMS{alertstate',
      '"Alerts": there is no metric ALARMS',
    ],
    ['broken PromQL', 'sum by ($by) (rate(', 'sum by ($by) (rate((', '"Rate" A: no PromQL'],
  ])('with %s', (_, text, replacement, problem) => {
    expect(TEXT).toContain(text);
    expect(find(TEXT.replace(text, () => replacement))).toContainEqual(expect.stringContaining(problem));
  });

  it('that is no JSON, or empty, is told so', () => {
    expect(find('{')).toEqual([expect.stringContaining('no JSON')]);
    expect(find('{}')).toEqual([': has no query']);
  });
});
