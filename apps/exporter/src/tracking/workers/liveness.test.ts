// Is a worker alive? Each rule as a row of a table, with the second before and after it changes its mind.
import { describe, expect, it } from '@jest/globals';
import { judge, type LivenessSettings, type SignsOfLife, type Verdict } from './liveness.js';

const SETTINGS: LivenessSettings = {
  missedHeartbeats: 3,
  minSilence: 6,
  soloSilence: 3600,
  quietSilence: 60,
  lostAfter: 90,
};
const PREFORK: Omit<SignsOfLife, 'silence'> = { frequency: 2, isSolo: false, goodbye: false };

interface Case extends Partial<SignsOfLife> {
  readonly settings?: Partial<LivenessSettings>;
  readonly upTo?: number;
  readonly silentUpTo: number;
}

const CASES: readonly [string, Case][] = [
  ['a worker at 2 s a heartbeat', { upTo: 6, silentUpTo: 90 }],
  ['a worker at 10 s a heartbeat', { frequency: 10, upTo: 30, silentUpTo: 90 }],
  ['a worker at half a second, which minSilence shields', { frequency: 0.5, upTo: 6, silentUpTo: 90 }],
  ['a worker at 60 s, whose own interval outlasts lostAfter', { frequency: 60, upTo: 180, silentUpTo: 180 }],
  ['a worker without heartbeats', { frequency: undefined, upTo: 60, silentUpTo: 90 }],
  [
    'a worker without heartbeats, where quietSilence outlasts lostAfter',
    { frequency: undefined, settings: { quietSilence: 300 }, upTo: 300, silentUpTo: 300 },
  ],
  ['a solo worker, busy with one task', { isSolo: true, upTo: 3600, silentUpTo: 3600 }],
  ['a solo worker with a short limit', { isSolo: true, settings: { soloSilence: 30 }, upTo: 30, silentUpTo: 90 }],
  ['a worker that said goodbye', { goodbye: true, silentUpTo: 3600 }],
  ['a solo worker that said goodbye', { goodbye: true, isSolo: true, silentUpTo: 3600 }],
  ['a worker without heartbeats that said goodbye', { goodbye: true, frequency: undefined, silentUpTo: 3600 }],
];

describe('the judgement of a silence', () => {
  it.each(CASES)('changes for %s at its exact second', (_, { settings, upTo, silentUpTo, ...signs }) => {
    const at = (silence: number): Verdict => judge({ ...PREFORK, ...signs, silence }, { ...SETTINGS, ...settings });
    const alive: Verdict = upTo === undefined ? 'silent' : 'up';
    expect([at(0), at(upTo ?? 0), at(silentUpTo + 0.001)]).toEqual([alive, alive, 'dead']);
    if (upTo === undefined || silentUpTo > upTo)
      expect([at((upTo ?? 0) + 0.001), at(silentUpTo)]).toEqual(['silent', 'silent']);
  });

  it('never says up after goodbye, and never dead before silent where the limits leave room', () => {
    for (let silence = 0; silence < 4000; silence += 7) {
      expect(judge({ ...PREFORK, goodbye: true, silence }, SETTINGS)).not.toBe('up');
    }
  });
});
