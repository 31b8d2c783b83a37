// Waits stay within their bounds, and an aborted wait ends at once and leaves nothing behind.
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { abortableDelay, backoff } from './backoff.js';

const bounds = { baseMs: 100, maxMs: 5_000 };
const lowest = (): number => 0;
const highest = (): number => 1 - Number.EPSILON;

describe('backoff', () => {
  it('doubles the ceiling with each attempt until the maximum', () => {
    const ceilings = [0, 1, 2, 5, 6, 7].map((attempt) => Math.round(backoff(attempt, bounds, highest)));
    expect(ceilings).toEqual([100, 200, 400, 3_200, 5_000, 5_000]);
  });

  it('spreads the waits over the whole range between floor and ceiling', () => {
    expect(backoff(2, bounds, () => 0.5)).toBe(225);
  });

  it.each([0, 1, 7, 1_000, Number.MAX_SAFE_INTEGER, Infinity, -1])(
    'stays within the bounds at attempt %s',
    (attempt) => {
      for (const random of [lowest, highest]) {
        const wait = backoff(attempt, bounds, random);
        expect(wait).toBeGreaterThanOrEqual(50);
        expect(wait).toBeLessThanOrEqual(5_000);
      }
    },
  );

  it('never exceeds a maximum that lies below the base', () => {
    expect(backoff(3, { baseMs: 100, maxMs: 20 }, highest)).toBeLessThanOrEqual(20);
  });
});

describe('abortableDelay', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('answers true when the time has passed, and leaves no listener', async () => {
    const { signal } = new AbortController();
    const waited = abortableDelay(1_000, signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    jest.advanceTimersByTime(1_000);
    expect(await waited).toBe(true);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('answers false when aborted, and leaves neither timer nor listener', async () => {
    const controller = new AbortController();
    const waited = abortableDelay(1_000, controller.signal);
    controller.abort();
    expect(await waited).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('answers false at once when the signal had aborted before', async () => {
    expect(await abortableDelay(1_000, AbortSignal.abort())).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does not fire at once when asked for longer than a timer can hold', async () => {
    const controller = new AbortController();
    const waited = abortableDelay(2 ** 40, controller.signal);
    jest.advanceTimersByTime(1_000);
    controller.abort();
    expect(await waited).toBe(false);
  });
});
