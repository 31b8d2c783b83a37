// The relay's webhook read into records.
import { describe, expect, it } from '@jest/globals';
import { readJournal } from './records.js';
import { accepted, ANNOTATIONS, LABELS } from './testing-records.js';

const body = (...alerts: unknown[]): string =>
  JSON.stringify({ version: '1', message: { acceptedAt: 20_000 }, alerts });

describe('the journal', () => {
  it('says of each alert when Prometheus said it, and when the relay accepted it', () => {
    const firing = {
      reminder: false,
      alert: { status: 'firing', labels: LABELS, annotations: ANNOTATIONS, startsAt: 19_000 },
    };
    const resolved = {
      reminder: false,
      alert: { status: 'resolved', labels: LABELS, annotations: ANNOTATIONS, startsAt: 10_000, endsAt: 19_500 },
    };
    expect(readJournal(body(firing, resolved))).toEqual([accepted('firing', 19, 20), accepted('resolved', 19.5, 20)]);
  });

  it('leaves out reminders, and takes alerts whose annotations did not fit', () => {
    const labels = Object.fromEntries(Object.entries(LABELS).reverse());
    expect(readJournal(body({ reminder: true, alert: { status: 'firing', labels, startsAt: 1 } }))).toEqual([]);
    expect(readJournal(body({ alert: { status: 'firing', labels, startsAt: 19_000 } }))[0]?.key).toBe(
      accepted('firing', 19, 20).key,
    );
  });
});
