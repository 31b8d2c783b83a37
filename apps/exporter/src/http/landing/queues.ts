// The queues on the landing page, and how the queues of tasks were learnt.
import { exporterMetrics } from '@celery-watch/celery-protocol';
import type { QueueRule } from '../../tracking/tasks/queue-rule.js';
import { sum } from '../diagnosis/finding.js';
import { type Html, name, visibleHtml as html, withCode } from '@celery-watch/html';
import type { Status } from '../status.js';
import { count, counted, cut, percent, span } from '../wording.js';
import { badge, type Column, table } from './table.js';

type Queue = Status['queues'][number];

export function queuesSection({ queues, settings, broker }: Status): Html {
  const columns: readonly Column<Queue>[] = [
    { title: 'Queue', cell: (queue) => name(cut(queue.name)) },
    { title: 'Waiting', kind: 'number', cell: ({ length }) => count(length) },
    { title: 'Consumers', kind: 'number', cell: (queue) => consumers(queue, settings.remoteControl) },
    {
      title: 'Oldest',
      kind: 'brief',
      cell: ({ oldestAge, length }) =>
        oldestAge === undefined ? (length === 0 ? 'empty' : 'not read') : span(oldestAge),
    },
  ];
  const waiting = sum(queues.map((each) => each.length));
  return html`<section aria-labelledby="queues">
<h2 id="queues">Queues</h2>
${queues.length === 0 ? '' : html`<p class="muted">${broker.isUp ? '' : 'As last known, before the connection was lost: '}${counted(waiting, 'message')} waiting in ${counted(queues.length, 'queue')}. Those without a consumer stand first, then the longest. ${withCode('One that is missing can be named with `--queues`.')}</p>`}
${table({ caption: 'Queues, those without a consumer first, then the longest', columns, rows: byInterest(queues), empty: 'No queue has been seen yet. Queues are learnt from workers, from `task-sent` events, and from `--queues`.' })}
</section>`;
}

const MEANINGS: Readonly<Record<QueueRule, string>> = {
  sent: 'A `task-sent` event said it: certain.',
  only_queue: 'The worker consumes just one queue: as good as certain.',
  last_queue: 'The last queue seen for that task name: a guess.',
  unknown: 'Nothing told it: counted under unknown.',
};

export function queueRulesSection({ queueRules }: Status): Html {
  const total = sum(queueRules.map(([, n]) => n));
  const columns: readonly Column<Status['queueRules'][number]>[] = [
    {
      title: 'Rule',
      cell: ([rule]) => html`${withCode(`\`${rule}\``)}<br><span class="muted">${withCode(MEANINGS[rule])}</span>`,
    },
    { title: 'Tasks', kind: 'number', cell: ([, n]) => count(n) },
    { title: 'Share', kind: 'number', cell: ([, n]) => percent(n, total) },
  ];
  return html`<section aria-labelledby="queue-rules">
<h2 id="queue-rules">How the queues of tasks were learnt</h2>
<p class="muted">${withCode(`\`${exporterMetrics.queueRules.name}\``)}</p>
${table({ caption: 'How the queues of tasks were learnt', columns, rows: queueRules, empty: 'Nothing yet.' })}
</section>`;
}

function consumers({ length, consumers: n }: Queue, remoteControl: boolean): Html | string {
  if (n === undefined) return remoteControl ? badge('note', 'not known') : '–';
  return n === 0 && length > 0 ? badge('warning', 'none') : count(n);
}

function byInterest(queues: readonly Queue[]): readonly Queue[] {
  const isStuck = ({ length, consumers: n }: Queue): number => Number(length > 0 && n === 0);
  return [...queues].sort((a, b) => isStuck(b) - isStuck(a) || b.length - a.length || (a.name < b.name ? -1 : 1));
}
