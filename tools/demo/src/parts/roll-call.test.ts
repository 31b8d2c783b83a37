// Which parts are missing: those that are down on purpose are not.
import { describe, expect, it } from '@jest/globals';
import { missing } from './roll-call.js';
import type { PartState } from './site.js';

const part = (name: string, up: boolean): PartState => ({ name, up, link: undefined, process: undefined });
const PARTS = [part('Redis', false), part('worker shop-1@demo', false), part('worker shop-2@demo', true)];

describe('the roll call', () => {
  it('misses what is down', () => {
    expect(missing(PARTS, () => false).map(({ name }) => name)).toEqual(['Redis', 'worker shop-1@demo']);
  });

  it('does not miss what was taken down on purpose', () => {
    expect(missing(PARTS, (cause) => cause === 'stop').map(({ name }) => name)).toEqual(['worker shop-1@demo']);
    expect(missing(PARTS, () => true)).toEqual([]);
  });
});
