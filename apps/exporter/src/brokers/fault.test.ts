// What takes too long is given up.
import { stat } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { within } from './fault.js';

it('gives what the work gives, or its error', async () => {
  await expect(within(1_000, 'late', Promise.resolve(1))).resolves.toBe(1);
  await expect(within(1_000, 'late', Promise.reject(new Error('own')))).rejects.toThrow('own');
});

it('rejects when the time is over, and takes no harm from what comes later', async () => {
  let fail: (error: Error) => void = () => undefined;
  const work = new Promise((_, reject) => {
    fail = reject;
  });
  await expect(within(10, 'late', work)).rejects.toThrow('late');
  fail(new Error('nobody waits any more'));
});

it('takes an answer that was there in time, though the process was too busy to look', async () => {
  const answer = within(20, 'late', stat('.'));
  const began = performance.now();
  while (performance.now() - began < 200);
  await expect(answer).resolves.toBeDefined();
});
