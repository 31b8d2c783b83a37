// Tests of waiting with a deadline.
import { describe, expect, it } from '@jest/globals';

import { waitFor } from './wait-for.js';

describe('waitFor', () => {
  it('gives back the first truthy value', async () => {
    let looks = 0;
    const value = await waitFor(() => (looks += 1) === 3 && `look ${looks}`, {
      within: 5_000,
      what: 'a third look',
      every: 1,
    });
    expect(value).toBe('look 3');
  });

  it('takes a throw as "not yet"', async () => {
    let looks = 0;
    const condition = (): Promise<boolean> => {
      looks += 1;
      return looks < 3 ? Promise.reject(new Error('not there')) : Promise.resolve(true);
    };
    await expect(waitFor(condition, { within: 5_000, what: 'a third look', every: 1 })).resolves.toBe(true);
  });

  it('says what was awaited and what was seen last', async () => {
    await expect(waitFor(() => 0, { within: 20, what: 'a task', every: 1 })).rejects.toThrow(
      'a task: not within 20 ms; last seen was the value 0',
    );
  });

  it('says the last error and keeps it as the cause', async () => {
    const cause = new Error('refused');
    const failure = waitFor(() => Promise.reject(cause), { within: 20, what: 'a page', every: 1 });
    await expect(failure).rejects.toMatchObject({
      message: 'a page: not within 20 ms; last seen was the error refused',
      cause,
    });
  });

  it('gives up on a condition that never answers', async () => {
    await expect(
      waitFor(() => new Promise<boolean>(() => undefined), { within: 20, what: 'an answer' }),
    ).rejects.toThrow(/gave no answer/);
  });
});
