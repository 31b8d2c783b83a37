// `alert-relay history`: what was told to whom, one delivery a line; through the running relay, or from the store
// itself where none runs.
import { shownName } from '@celery-watch/service';
import type { RelayConfig } from '../config/config.js';
import {
  isHistoryPage,
  writeHistoryQuery,
  type HistoryEntry,
  type HistoryFilter,
  type HistoryQuery,
} from '../outbox/index.js';
import { CommandError, type Arguments, type Moment } from './arguments.js';
import { aligned, inLine, labelsText, timeText } from './printed.js';
import { reach } from './reach.js';
import { loadConfig } from './run.js';

export async function history(given: Arguments): Promise<void> {
  const config = loadConfig(given);
  const query: HistoryQuery = { filter: filterOf(given, config, Date.now()), limit: given.limit };
  const entries = await reach(config, given.config, {
    relay: async (relay) => {
      const page = await relay.ask(`/-/history?${writeHistoryQuery(query)}`);
      if (!isHistoryPage(page)) throw new CommandError('the relay that answers is of another version');
      return page;
    },
    store: ({ outbox }) => outbox.history(query.filter, query.limit),
  });
  if (given.json) process.stdout.write(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  else process.stdout.write(listing(entries));
  if (entries.length === given.limit)
    process.stderr.write(`-- the newest ${given.limit}: there may be more (--limit, --until)\n`);
}

/** Throws a CommandError for what can fit nothing. */
function filterOf(given: Arguments, config: RelayConfig, now: number): HistoryFilter {
  const { id, channel, state, alert, label } = given;
  const since = given.since && millisecondsOf(given.since, now);
  const until = given.until && millisecondsOf(given.until, now);
  if (since !== undefined && until !== undefined && since >= until)
    throw new CommandError('since: flag --since, wanted a time before that of --until');
  if (alert !== undefined && label['alertname'] !== undefined && label['alertname'] !== alert)
    throw new CommandError('alert: flag --alert, wanted the same name as in --label alertname=…, or only one of them');
  // A channel that is gone has a history still, so this is a remark and no refusal.
  if (channel !== undefined && !config.channels.some(({ name }) => name === channel))
    process.stderr.write(`-- the configuration has no channel "${shownName(channel)}" (any more)\n`);
  const labels = { ...label, ...(alert !== undefined && { alertname: alert }) };
  return {
    ...(id !== undefined && { ids: id }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(channel !== undefined && { channel }),
    ...(state !== undefined && { states: state }),
    ...(Object.keys(labels).length > 0 && { labels }),
  };
}

function millisecondsOf(moment: Moment, now: number): number {
  return 'at' in moment ? moment.at : Math.max(0, Math.round(now - moment.agoMs));
}

const HEAD = ['ID', 'ACCEPTED', 'STATE', 'TRIES', 'CHANNEL', 'ALERTS'];

export function listing(entries: readonly HistoryEntry[]): string {
  if (entries.length === 0) return 'Nothing was told that fits.\n';
  return aligned([
    HEAD,
    ...entries.map((entry) => [
      entry.id,
      timeText(entry.acceptedAt),
      entry.state,
      entry.attempts,
      entry.channel,
      `${alertsText(entry)}${groupText(entry)}${endText(entry)}`,
    ]),
  ]);
}

/** The names of the alerts, each with its number where that is not one. */
export function alertsText({ alerts, changes }: Pick<HistoryEntry, 'alerts' | 'changes'>): string {
  const named = alerts.reduce((sum, { count }) => sum + count, 0);
  const names = alerts.map(({ name, count }) => (count === 1 ? name : `${name} ×${count}`));
  const left = changes - named;
  return inLine([...names, ...(left > 0 ? [`… (${left} more)`] : [])].join(', '), 80);
}

function groupText({ group: { labels } }: HistoryEntry): string {
  return Object.keys(labels).length === 0 ? '' : `  ${inLine(labelsText(labels), 60)}`;
}

function endText({ reason, detail, undelivered }: HistoryEntry): string {
  const copy = undelivered === undefined ? '' : `  (${inLine(undelivered.channel)} gave up)`;
  if (reason === undefined) return copy;
  return `${copy}  ${reason}${detail === undefined || detail === '' ? '' : `: ${inLine(detail, 100)}`}`;
}
