// Tests of reading V8's profiles.
import { expect, it } from '@jest/globals';
import { selfTimes } from './cpu-profile.js';

const frame = (functionName: string, url = '', lineNumber = -1): object => ({ functionName, url, lineNumber });

it('sums the time of each function over all places in the call tree, without idle time', () => {
  const url = 'file:///srv/celery-watch/libs/celery-protocol/dist/wire/event.js';
  const profile = {
    nodes: [
      { id: 1, callFrame: frame('(idle)') },
      { id: 2, callFrame: frame('readEvent', url, 41) },
      { id: 3, callFrame: frame('(garbage collector)') },
      { id: 4, callFrame: frame('readEvent', url, 41) },
    ],
    samples: [1, 2, 3, 4],
    timeDeltas: [0, 5_000, 1_000, 1_000, 2_000],
  };
  expect(selfTimes(JSON.stringify(profile))).toEqual([
    { name: 'readEvent', place: 'celery-protocol/wire/event.js:42', milliseconds: 3, share: 0.75 },
    { name: '(garbage collector)', place: 'V8 and native code', milliseconds: 1, share: 0.25 },
  ]);
});
