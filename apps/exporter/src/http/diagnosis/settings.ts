// Findings about settings in which workers and exporter disagree, and about what the broker refuses to tell.
import { queueMetrics } from '@celery-watch/celery-protocol';
import type { Disagreement } from '../../tracking/queues/stated-settings.js';
import { code, counted, some } from '../wording.js';
import type { Status, Transport } from '../status.js';
import type { Finding, FindingText, Rule } from './finding.js';
import { ALLOW, rightsFix } from './missing-rights.js';

/** Workers' transport options, as their answers to stats tell them. */
export const statedSettings: Rule = ({ disagreements }) =>
  disagreements.map((each): Finding => {
    if (each.given) return { level: 'warning', ...TEXTS.overruled(each) };
    if (each.theirs.length > 1) return { level: 'warning', ...TEXTS.divided(each) };
    return { level: 'note', ...TEXTS.takenOver(each) };
  });

/** What the broker was asked for and refuses, while it is connected. */
export const brokerTroubles: Rule = ({ broker, troubles }) =>
  broker.isUp && troubles.length > 0 ? [{ level: 'warning', ...TEXTS.refused(troubles, broker.transport) }] : [];

/** The sentence about those that have not told theirs. */
function besides({ ours, besides }: Disagreement): string {
  if (besides === undefined) return '';
  const who = besides.untold.length === 0 ? 'a worker that is not heard' : some(besides.untold, code, 3);
  const told = besides.untold.length > 1 ? 'have not told theirs' : 'has not told its own';
  return ` The exporter also looks where it would by itself (${code(ours)}): ${who} ${told}.`;
}

function said({ theirs }: Disagreement): string {
  return some(theirs, ({ value, nodenames }) => `${code(value)} in ${some(nodenames, code, 3)}`);
}

/** How the broker is brought to tell. */
const LET_IT: Readonly<Record<Transport, string>> = {
  redis:
    "After NOPERM, or a right that the exporter's user needs, let it: the monitoring guide shows the line for Redis' " +
    'ACL, and `ACL LOG` on the broker shows what was denied. A key of another type is not a queue of Celery: take ' +
    'it out of `--queues`.',
  amqp: ALLOW.amqp,
};

/** The management API, for one, is opened in another way than queues are. */
function specialFix(reason: string, transport: Transport): string {
  return (transport === 'amqp' ? rightsFix(reason, transport) : undefined) ?? LET_IT[transport];
}

const WHERE_SET = 'in `broker_transport_options` of every worker and every program that sends tasks';

const TEXTS = {
  overruled: (each: Disagreement): FindingText => ({
    title: `\`${each.setting}\` is not what workers use`,
    detail:
      `The exporter was told ${code(each.ours)} in \`--broker-transport-options\`; its workers say ${said(each)}. What ` +
      `it was told holds, so \`${queueMetrics.length.name}\` and its like may miss messages that wait, or all of them.`,
    fix:
      `Leave \`${each.setting}\` out of the exporter's \`--broker-transport-options\`: then it takes over what the ` +
      'workers say. Or give it their value.',
  }),
  divided: (each: Disagreement): FindingText => ({
    title: `Workers disagree about \`${each.setting}\``,
    detail:
      `They say ${said(each)}. The exporter counts what waits under any of these; but a worker takes only what waits ` +
      `under its own, so some messages may wait for ever.${besides(each)}`,
    fix: `Set the same \`${each.setting}\` ${WHERE_SET}.`,
  }),
  takenOver: (each: Disagreement): FindingText => ({
    title: `\`${each.setting}\` is taken over from the workers`,
    detail:
      `All that answer say ${said(each)}, and the exporter was not told it. It looks for messages where they do, from ` +
      `their first answer on.${besides(each)}`,
    fix:
      `To have it right from the start, and while no worker is up, give the exporter the same ` +
      '`--broker-transport-options` as the workers.',
  }),
  refused: (troubles: Status['troubles'], transport: Transport): FindingText => ({
    title: `The broker does not tell ${counted(troubles.length, 'thing')} that the exporter asks for`,
    detail: `${some(troubles, ({ what, reason }) => `${code(what)} (${code(reason)})`)}. Their numbers are missing.`,
    fix: [...new Set(troubles.map(({ reason }) => specialFix(reason, transport)))].join(' '),
  }),
};
