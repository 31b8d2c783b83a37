// Prose is one line, however it stands in the source.
import { describe, expect, it } from '@jest/globals';
import { prose } from './prose.js';

describe('prose', () => {
  it('joins its lines with single spaces and trims its ends', () => {
    expect(prose`
      The first line,
      the second.   And the third.
    `).toBe('The first line, the second. And the third.');
  });

  it('leaves values as they are', () => {
    expect(prose`Wait ${5} s for
      ${'a  b'}, then go.`).toBe('Wait 5 s for a  b, then go.');
  });
});
