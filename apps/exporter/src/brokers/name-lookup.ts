// Looks a broker's name up before it is connected to, at most once at a time: each lookup holds one of few threads.
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Fault, within } from './fault.js';

/** Milliseconds, as for the connection that follows. */
const LIMIT = 2_000;

type Lookup = (host: string) => Promise<unknown>;
/** `where` is the host as people write it; `signal` ends the wait. */
type KnownName = (host: string, where: string, signal: AbortSignal) => Promise<void>;

/**
 * Gives a function that is fulfilled once the host's name is known, and rejects where it is not, with the error of DNS
 * or, after LIMIT, a Fault. A name server that is away is silent for ten seconds and more, and an attempt to connect
 * ends long before: the next attempt then waits for the lookup that is under way and begins none.
 */
export function nameLookups(look: Lookup = lookup, limit = LIMIT): KnownName {
  const underWay = new Map<string, Promise<unknown>>();
  const ask = (host: string): Promise<unknown> => {
    const asked = look(host).finally(() => underWay.delete(host));
    underWay.set(host, asked);
    return asked;
  };
  return async (host, where, signal) => {
    if (isIP(host) !== 0) return;
    const late = `the name in ${where} cannot be looked up: DNS does not answer`;
    await within(limit, late, orAborted(underWay.get(host) ?? ask(host), signal));
  };
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(new Fault('stopped'));
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}

/** For all brokers of the process. */
export const knownName = nameLookups();
