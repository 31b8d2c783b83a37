// `alert-relay show N`: one delivery with its alerts, and each attempt with what was sent and what the server said.
import { isRecord } from '@celery-watch/service';
import { nameOf, type Alert, type Receipt } from '../notification/index.js';
import type { HistoryRecord, KeptAttempt } from '../outbox/index.js';
import { CommandError, type Arguments } from './arguments.js';
import { counted, inLine, inLines, labelsText, timeText } from './printed.js';
import { reach } from './reach.js';
import { loadConfig } from './run.js';

/** What a post of 100,000 alerts shows of them; --json has them all. */
const ALERTS_SHOWN = 50;

export async function show(given: Arguments): Promise<void> {
  const config = loadConfig(given);
  const { number } = given;
  const record = await reach(config, given.config, {
    relay: async (relay) => {
      const answer = await relay.ask(`/-/history/${number}`);
      if (!isRecord(answer) || answer['id'] !== number)
        throw new CommandError('the relay that answers is of another version');
      return answer as unknown as HistoryRecord;
    },
    store: ({ outbox }) => outbox.historyOf(number),
  });
  if (record === undefined) throw new CommandError('there is no such delivery, or not any more');
  process.stdout.write(given.json ? `${JSON.stringify(record)}\n` : text(record));
}

export function text(record: HistoryRecord): string {
  const { id, channel, state, acceptedAt, endedAt, attempts, notification, undelivered, reason, detail, sends } =
    record;
  const { changes, standing, group, truncated, kind } = notification;
  const rows: readonly (readonly [string, string] | undefined)[] = [
    [
      'state',
      `${state} after ${counted(attempts, 'attempt')}${endedAt === undefined ? '' : ` at ${timeText(endedAt)}`}`,
    ],
    reason === undefined ? undefined : ['why', `${reason}${detail === undefined ? '' : `: ${inLine(detail)}`}`],
    undelivered && ['copy', `for ${inLine(undelivered.channel)}, which gave it up: ${inLine(undelivered.reason)}`],
    ['accepted', timeText(acceptedAt)],
    ['kind', kind],
    ['receiver', inLine(group.receiver, 200)],
    ['group', inLine(labelsText(group.labels), 500)],
    truncated > 0 ? ['truncated', `AlertManager left ${counted(truncated, 'alert')} out of its post`] : undefined,
    standing.count > 0
      ? ['standing', `${counted(standing.count, 'other alert')} of the group fire as before`]
      : undefined,
  ];
  const facts = rows.flatMap((row) => (row === undefined ? [] : `  ${row[0].padEnd(9)} ${row[1]}\n`));
  const more = changes.length - ALERTS_SHOWN;
  return [
    `Delivery ${id} to ${inLine(channel)}\n`,
    ...facts,
    `${counted(changes.length, 'alert')}:\n`,
    ...changes.slice(0, ALERTS_SHOWN).map(alertText),
    ...(more > 0 ? [`  … and ${more} more: --json shows all\n`] : []),
    ...(sends.length === 0
      ? ['No attempt is known.\n']
      : sends.map((each, index) => attemptText(each, index, channel))),
  ].join('');
}

function alertText(alert: Alert): string {
  const labels = Object.fromEntries(Object.entries(alert.labels).filter(([name]) => name !== 'alertname'));
  return `  ${alert.status.padEnd(8)}  ${inLine(nameOf(alert), 200)}  ${inLine(labelsText(labels), 300)}\n`;
}

/** @param whose the channel of the delivery: a dead letter that was replayed elsewhere has attempts of another one */
function attemptText(attempt: KeptAttempt, index: number, whose: string): string {
  const { at, part, parts, verdict, reason, latencyMs, detail, receipt, sent, sentBytes, messageId, channel } = attempt;
  const by = channel === whose ? '' : ` by ${inLine(channel)}`;
  const time = latencyMs === undefined ? '' : ` in ${Math.round(latencyMs)} ms`;
  const said =
    reason === 'interrupted'
      ? 'interrupted: the relay ended before anybody knew what became of it'
      : `${verdict}${verdict === 'delivered' && reason === 'ok' ? '' : ` (${reason})`}${time}`;
  const kept = Buffer.byteLength(sent);
  const size =
    sentBytes === undefined
      ? ''
      : kept < sentBytes
        ? `, the first ${kept} of ${sentBytes} bytes`
        : `, ${sentBytes} bytes`;
  return [
    `Attempt ${index + 1}, ${timeText(at, { exact: true })}: part ${part} of ${parts}${by}, ${said}\n`,
    `  message   ${messageId}\n`,
    detail === '' ? '' : `  answer    ${inLine(detail)}\n`,
    receipt === undefined ? '' : `  receipt   ${receiptText(receipt)}\n`,
    sent === '' ? '' : `  sent${size}:\n${inLines(sent, '    ')}`,
  ].join('');
}

/** `slack: channel C123, ts 1712.1`: whatever keys the kind has. */
function receiptText({ kind, ...keys }: Receipt): string {
  return inLine(
    `${kind}: ${Object.entries(keys)
      .map(([key, value]) => `${key} ${value}`)
      .join(', ')}`,
    500,
  );
}
