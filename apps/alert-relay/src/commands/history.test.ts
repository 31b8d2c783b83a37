// What `history` and `show` print.
import { describe, expect, it } from '@jest/globals';
import { openMemoryOutbox, type HistoryEntry, type HistoryRecord, type KeptAttempt } from '../outbox/index.js';
import { put, request, sample } from '../outbox/testing.js';
import { alertsText, listing } from './history.js';
import { text } from './show.js';

const AT = 1_800_000_000_000;
const entry = (some: Partial<HistoryEntry> = {}): HistoryEntry => ({
  id: 7,
  channel: 'ops',
  state: 'delivered',
  changes: 1,
  attempts: 1,
  acceptedAt: AT,
  group: { receiver: 'r', labels: { queue: 'celery' } },
  alerts: [{ name: 'HighQueue', count: 1 }],
  ...some,
});

describe('the list', () => {
  it('has one line for each delivery, with the reason of what was given up', () => {
    const dead = entry({ id: 12, state: 'dead', attempts: 10, reason: 'address', detail: 'HTTP 404\nno such hook' });
    expect(listing([dead, entry()]).split('\n')).toEqual([
      'ID  ACCEPTED              STATE      TRIES  CHANNEL  ALERTS',
      '12  2027-01-15 08:00:00Z  dead          10  ops      HighQueue  {queue="celery"}  address: HTTP 404 no such hook',
      ' 7  2027-01-15 08:00:00Z  delivered      1  ops      HighQueue  {queue="celery"}',
      '',
    ]);
    expect(listing([])).toBe('Nothing was told that fits.\n');
  });

  it('says of many alerts how many, and of those without a name that there are more', () => {
    expect(
      alertsText({
        changes: 9,
        alerts: [
          { name: 'A', count: 3 },
          { name: 'B', count: 1 },
        ],
      }),
    ).toBe('A ×3, B, … (5 more)');
    expect(alertsText({ changes: 1, alerts: [{ name: 'x'.repeat(500), count: 1 }] })).toHaveLength(80);
  });

  it('says for which channel a copy was', () => {
    expect(listing([entry({ undelivered: { channel: 'mail', reason: 'address' } })])).toContain('(mail gave up)');
  });
});

describe('one delivery', () => {
  const attempt = (some: Partial<KeptAttempt> = {}): KeptAttempt => ({
    at: AT,
    latencyMs: 45.4,
    part: 1,
    parts: 2,
    key: 'k',
    verdict: 'delivered',
    reason: 'ok',
    detail: 'ok',
    sent: '{"text":\n"x"}',
    sentBytes: 13,
    messageId: 'm-1',
    channel: 'ops',
    receipt: { kind: 'slack', channel: 'C1', ts: '17.1' },
    ...some,
  });

  async function recordWith(sends: readonly KeptAttempt[], changes = 1): Promise<HistoryRecord> {
    const outbox = openMemoryOutbox();
    await put(outbox, sample('HighQueue', { at: AT, changes }), ['ops']);
    const claim = await outbox.claim('ops', request(AT));
    if (claim) await outbox.settle(claim, { kind: 'delivered', at: AT + 1_000 });
    const [first] = await outbox.history({}, 1);
    const record = await outbox.historyOf(first?.id ?? -1);
    if (record === undefined) throw new Error('the delivery is not in the history');
    return { ...record, sends };
  }

  it('shows its alerts, and each attempt with what was sent, the answer and the receipt', async () => {
    const shown = text(await recordWith([attempt({ verdict: 'retry', reason: 'timeout', detail: '' }), attempt()]));
    expect(shown).toMatch(/^Delivery \d+ to ops\n {2}state {5}delivered after 1 attempt at 2027-01-15 08:00:01Z\n/);
    expect(shown).toContain('1 alert:\n  firing    HighQueue  {severity="warning"}\n');
    expect(shown).toContain('Attempt 1, 2027-01-15 08:00:00.000Z: part 1 of 2, retry (timeout) in 45 ms\n');
    expect(shown).toContain(
      'Attempt 2, 2027-01-15 08:00:00.000Z: part 1 of 2, delivered in 45 ms\n  message   m-1\n  answer    ok\n' +
        '  receipt   slack: channel C1, ts 17.1\n  sent, 13 bytes:\n    {"text":\n    "x"}\n',
    );
  });

  it('says where only the beginning is kept, and where nobody knows what became of an attempt', async () => {
    const rest = Object.fromEntries(Object.entries(attempt()).filter(([key]) => key !== 'receipt'));
    const broken: KeptAttempt = {
      ...(rest as unknown as KeptAttempt),
      latencyMs: undefined,
      verdict: 'ambiguous',
      reason: 'interrupted',
      sent: '',
      sentBytes: undefined,
    };
    const shown = text(await recordWith([attempt({ sentBytes: 100_000 }), broken]));
    expect(shown).toContain('sent, the first 13 of 100000 bytes:');
    expect(shown).toMatch(/Attempt 2, .* interrupted: the relay ended before anybody knew/);
    expect(shown.split('Attempt 2')[1]).not.toMatch(/sent|receipt|ms\n/);
  });

  it('of many alerts shows the first, and says how many more', async () => {
    const shown = text(await recordWith([], 1_000));
    expect(shown.split('\n').filter((line) => line.includes('HighQueue'))).toHaveLength(50);
    expect(shown).toContain('… and 950 more: --json shows all');
  });
});
