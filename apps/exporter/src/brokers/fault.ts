// A failure whose reason is known in words, and a time limit around what a server may never answer.

/**
 * A failure that is explained: the message is the reason. It keeps no cause, since ioredis hangs a command's arguments
 * on its errors.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  /** Only a person can change it: there is no hurry to try again. */
  readonly isStanding: boolean;

  constructor(message: string, { isStanding = false } = {}) {
    super(message);
    this.isStanding = isStanding;
  }
}

/**
 * The outcome of `work`, or a Fault `what` when it is not there after `ms` milliseconds. The work itself goes on and is
 * forgotten. A busy process may see its timer before the answer that has long arrived: sockets are read once more
 * before the limit counts.
 */
export function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() => {
        setImmediate(() => {
          reject(new Fault(what));
        });
      });
    }, ms);
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}
