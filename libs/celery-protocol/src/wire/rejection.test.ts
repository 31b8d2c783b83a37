// Telling a failure that only announces a rejection, as Celery 5.7 sends it, from a failure.
import { describe, expect, it } from '@jest/globals';
import { announcesRejection } from './exception-class.js';

const STACK =
  'Traceback (most recent call last):\n  File "/app/tasks.py", line 71, in reject_drop\n    raise Reject("not for me", requeue=False)\n';

describe('announcesRejection', () => {
  it('knows the event that Celery 5.7 sends before task-rejected', () => {
    expect(announcesRejection(`${STACK}celery.exceptions.Reject: ('not for me', False)\n`)).toBe(true);
  });

  it.each([
    ['a failure whose message looks like it', `${STACK}ValueError: celery.exceptions.Reject: no\n`],
    ['a class of the same name from elsewhere', `${STACK}shop.errors.Reject: no\n`],
    [
      'a class of the same name that came while the other was handled',
      `${STACK}celery.exceptions.Reject: ('no', False)\n\nDuring handling of the above exception, another exception occurred:\n\n${STACK}shop.errors.Reject: no\n`,
    ],
    [
      'a class of the same name with the other in its message',
      `${STACK}shop.errors.Reject: it said\ncelery.exceptions.Reject: no\n`,
    ],
    ['a failure without a traceback', ''],
  ])('takes %s for a failure', (_what, traceback) => {
    expect(announcesRejection(traceback)).toBe(false);
  });
});
