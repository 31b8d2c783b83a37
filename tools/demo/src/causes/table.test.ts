// Which parts are missing: those that are down on purpose are not.
import { describe, expect, it } from '@jest/globals';
import { unexpectedlyDown } from './table.js';
import type { PartState } from '../parts/site.js';

const part = (name: string, up: boolean): PartState => ({ name, up, link: undefined, process: undefined });
const PARTS = [part('Redis', false), part('worker shop-1@demo', false), part('worker shop-2@demo', true)];

describe('the roll call', () => {
  it('misses what is down', () => {
    expect(unexpectedlyDown(PARTS, () => false).map(({ name }) => name)).toEqual(['Redis', 'worker shop-1@demo']);
  });

  it('does not miss what was taken down on purpose', () => {
    expect(unexpectedlyDown(PARTS, (cause) => cause === 'stop').map(({ name }) => name)).toEqual([
      'worker shop-1@demo',
    ]);
    expect(unexpectedlyDown(PARTS, () => true)).toEqual([]);
  });
});
