// Values that Python's programs take on their command lines.
import { describe, expect, it } from '@jest/globals';
import { readBounds, readLogLevel, readMaxTasks, readTruth } from './python-words.js';

describe('the words of Python', () => {
  it('for yes and no are all that click takes', () => {
    expect(['1', 'true', 't', 'yes', 'y', 'on', 'Y', ' True '].map(readTruth)).toEqual(Array(8).fill(true));
    expect(['0', 'false', 'f', 'no', 'n', 'off', 'F', 'NO'].map(readTruth)).toEqual(Array(8).fill(false));
    expect(['', 'maybe', 'tr', 'constructor'].map(readTruth)).toEqual(Array(4).fill(undefined));
  });

  it('for buckets end with inf, and may say one of them twice', () => {
    expect(readBounds('1,5,10,inf')).toEqual([1, 5, 10]);
    expect(readBounds('.5, 1,1,2')).toEqual([0.5, 1, 2]);
    expect(readBounds([1, 2, 'Infinity', '+inf'])).toEqual([1, 2]);
    for (const bad of ['2,1', 'inf', '', '1,,2', '1,inf,2', 'x']) expect(() => readBounds(bad)).toThrow('ascending');
  });

  it('for levels are those of logging and loguru, and others stay', () => {
    expect(['TRACE', 'info', 'Warning', 'CRITICAL', 'warn', 'x'].map(readLogLevel)).toEqual([
      ...['debug', 'info', 'warn', 'error', 'warn', 'x'],
    ]);
  });

  it('for a number of tasks may be small', () => {
    expect(['100', '10000', '-1', 'x'].map(readMaxTasks)).toEqual([1000, 10_000, NaN, NaN]);
  });
});
