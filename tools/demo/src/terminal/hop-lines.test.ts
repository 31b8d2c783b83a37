// Hops as lines of a terminal: each once, in order.
import { describe, expect, it } from '@jest/globals';
import { journeysOf } from '../hops/journeys.js';
import type { Records } from '../hops/records.js';
import { accepted, cause, episode, message } from '../hops/testing-records.js';
import { HopLines, timeline } from './hop-lines.js';

const BEFORE: Records = {
  causes: [cause(10, { seen: { at: 11_000, what: 'failures 3' } })],
  episodes: [episode(13)],
  accepted: [],
  messages: [],
};
const AFTER: Records = {
  ...BEFORE,
  episodes: [episode(13, { firingAt: 18_000 })],
  accepted: [accepted('firing', 18, 18.2)],
  messages: [message('mail', 19, 'CeleryTaskFailing shop.charge_card')],
};
const news = (lines: HopLines, records: Records): string[] =>
  lines.news(records.causes, journeysOf(records)).map(({ text }) => text.slice(10).trim());

describe('in a terminal', () => {
  it('each hop is one line, when it comes', () => {
    const lines = new HopLines();
    expect(news(lines, BEFORE)).toEqual([
      '+0.0 s  Make tasks fail: the bank does not answer',
      '+1.0 s  seen by the exporter: failures 3',
      '+3.0 s  CeleryTaskFailing (shop.charge_card): pending in Prometheus',
    ]);
    expect(news(lines, BEFORE)).toEqual([]);
    expect(news(lines, AFTER).map((line) => line.replace(/^.*\): /, ''))).toEqual([
      'firing',
      'accepted by the relay',
      'delivered to E-mail',
    ]);
  });

  it('the timeline names every hop, and says which did not come', () => {
    const [journey] = journeysOf(AFTER);
    if (journey === undefined) throw new Error('no journey');
    expect(timeline(journey)).toMatch(/\+8\.0 s {2}firing/);
    expect(timeline(journey)).toMatch(/\+9\.0 s {2}delivered to E-mail +in en/);
    expect(timeline(journey)).toMatch(/not yet {2}delivered to WeCom/);
  });
});
