// The alert's way worked out of records: which hop was when, and what belongs together.
import { describe, expect, it } from '@jest/globals';
import { type Journey, journeysOf } from './journeys.js';
import type { Records } from './records.js';
import { accepted, ANNOTATIONS, cause, episode, LABELS, message } from './testing-records.js';

const FIRING = 'CeleryTaskFailing: Task shop.charge_card fails too often';
const RESOLVED = `[RESOLVED:1] ${FIRING}`;
const NONE: Records = { causes: [], episodes: [], accepted: [], messages: [] };

function only(records: Partial<Records>): Journey {
  const [journey, ...more] = journeysOf({ ...NONE, ...records });
  if (journey === undefined || more.length > 0) throw new Error(`${more.length + 1} journeys`);
  return journey;
}
/** `name@seconds` of each hop, `?` where it has not come. */
const times = ({ hops }: Journey['alarm']): string[] =>
  hops.map(({ name, channel, at }) => `${channel ?? name}@${at === undefined ? '?' : at / 1000}`);

describe('a journey', () => {
  it('goes from the cause to each channel, and back from the repair', () => {
    const journey = only({
      causes: [
        cause(10, {
          seen: { at: 11_000, what: 'failures 3' },
          repairedAt: 30_000,
          repair: 'mended',
          mended: { at: 31_000, what: 'successes 9' },
        }),
      ],
      episodes: [episode(13, { firingAt: 18_400, goneAt: 42_500 })],
      accepted: [accepted('firing', 18, 18.2), accepted('resolved', 42, 42.1)],
      messages: [message('mail', 19, FIRING), message('slack', 20, FIRING), message('mail', 43, RESOLVED)],
    });
    expect(journey.state).toBe('resolved');
    expect(journey.alarm.from).toBe(10_000);
    expect(times(journey.alarm)).toEqual([
      'cause@10',
      'seen@11',
      'pending@13',
      'firing@18',
      'accepted@18.2',
      'mail@19',
      'slack@20',
      'dingtalk@?',
      'wecom@?',
      'feishu@?',
    ]);
    expect(journey.clear.from).toBe(30_000);
    expect(times(journey.clear)).toEqual([
      'repair@30',
      'mended@31',
      'gone@42',
      'accepted@42.1',
      'mail@43',
      'slack@?',
      'dingtalk@?',
      'wecom@?',
      'feishu@?',
    ]);
  });

  it('that nobody caused begins where its rule saw it', () => {
    const { alarm } = only({ episodes: [episode(13)] });
    expect(alarm.from).toBe(13_000);
    expect(times(alarm).slice(0, 2)).toEqual(['pending@13', 'firing@?']);
  });

  it('does not take a refused message, one of before, or one of the other end for its own', () => {
    const { alarm, clear } = only({
      episodes: [episode(13, { firingAt: 18_000, goneAt: 40_000 })],
      accepted: [accepted('firing', 18, 18), accepted('resolved', 40, 40)],
      messages: [
        message('mail', 5, FIRING),
        message('slack', 19, FIRING, { accepted: false }),
        message('mail', 41, FIRING),
      ],
    });
    expect(times(alarm)).toContain('slack@?');
    expect(times(clear)).toContain('mail@?');
  });

  it('keeps two episodes of one alert apart', () => {
    const journeys = journeysOf({
      ...NONE,
      causes: [cause(10, { repairedAt: 30_000 }), cause(100, { id: 2 })],
      episodes: [episode(13, { firingAt: 18_000, goneAt: 42_000 }), episode(103, { firingAt: 108_000 })],
      accepted: [accepted('firing', 18, 18), accepted('resolved', 42, 42), accepted('firing', 108, 108)],
      messages: [message('mail', 109, FIRING)],
    });
    expect(journeys.map(({ state, alarm }) => [state, alarm.from, times(alarm).includes('mail@109')])).toEqual([
      ['firing', 100_000, true],
      ['resolved', 10_000, false],
    ]);
  });

  it('tells what it is waiting for, what keeps it back, and what passed by', () => {
    const states = [
      episode(13),
      episode(13, { firingAt: 18_000 }),
      episode(13, { firingAt: 18_000, inhibited: true }),
      episode(13, { goneAt: 15_000 }),
    ].map((each) => only({ episodes: [each] }).state);
    expect(states).toEqual(['pending', 'firing', 'inhibited', 'passed']);
  });

  it('is made of nothing but alerts that people should hear of', () => {
    const watchdog = episode(1, { labels: { ...LABELS, alertname: 'Watchdog' }, annotations: ANNOTATIONS });
    expect(journeysOf({ ...NONE, episodes: [watchdog] })).toEqual([]);
  });
});
