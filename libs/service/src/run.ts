// The life of a service: start it, stop it at SIGTERM or SIGINT, and leave with an exit code that tells what happened.
import type { Log } from './log.js';
import { npmWatch } from './npm-parents.js';
import { tellSystemd } from './systemd.js';

/** A running service. Disposing of it stops taking work, finishes or hands back what it has, and closes everything. */
export interface Service extends AsyncDisposable {
  /**
   * Settles when the service ends by itself; a rejection counts as a crash. Absent: it runs until it is told to stop.
   */
  readonly closed?: Promise<unknown>;
}

export interface RunSettings {
  readonly log: Log;
  /** Milliseconds from the order to stop until the process is ended by force. Default 10,000. */
  readonly deadlineMs?: number;
  /**
   * What SIGHUP means. Absent: the end of a terminal, where the program runs in one; else nothing, since daemons take
   * it for an order to read their configuration again.
   */
  readonly onHangup?: () => void;
}

/**
 * Runs a service to its end. `start` gets the signal that aborts when the service must stop. The first SIGTERM or
 * SIGINT aborts it and the service is disposed of; a second one ends the process at once. Under npm the end of the
 * shell that npm started counts as SIGTERM: npm sends the signal to that shell, which does not hand it on. The exit
 * code is 0 after a normal stop, and 1 after a failed start, a crash or a stop that took longer than the deadline.
 * Never rejects; the process ends when nothing is left to do. systemd is told once `start` has settled.
 */
export async function runService(
  start: (signal: AbortSignal) => Promise<Service>,
  { log, deadlineMs = 10_000, onHangup }: RunSettings,
): Promise<void> {
  isService = true;
  const controller = new AbortController();
  const { signal } = controller;
  const stop = (reason: string): void => {
    if (signal.aborted) return;
    // Not kept alive for its own sake: a process that has nothing left to do ends before.
    setTimeout(() => {
      leave(log, 1, `not stopped after ${deadlineMs} ms: something did not close; ended by force`);
    }, deadlineMs).unref();
    controller.abort(new DOMException(reason, 'AbortError'));
  };
  const attempt = async <T>(work: () => PromiseLike<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      // Work that gives up because it was told to stop has done what it should.
      if (isAbort(error, signal)) return undefined;
      log.fatal({ err: error }, 'the service failed');
      process.exitCode = 1;
      return undefined;
    }
  };
  onCrash(log);
  onSignals(log, stop, onHangup);

  const service = await attempt(() => start(signal));
  if (service) {
    tellSystemd(log, process.env);
    const { closed } = service;
    await Promise.race([aborted(signal), closed ? attempt(() => closed) : aborted(signal)]);
    stop('the service ended by itself');
    await attempt(() => service[Symbol.asyncDispose]());
    leaveUnread();
  }
  stop('the service did not start');
}

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/** Under npm, Ctrl-C reaches a process twice within milliseconds: from the terminal, and again from npm. */
const SAME_KEYPRESS_MS = 300;

function onSignals(log: Log, stop: (reason: string) => void, onHangup: (() => void) | undefined): void {
  let first: { readonly name: string; readonly at: number } | undefined;
  const begin = (name: string, details: Readonly<Record<string, unknown>>): void => {
    first = { name, at: performance.now() };
    log.info(details, 'stopping');
    stop(name);
  };
  const receive = (name: keyof typeof SIGNAL_NUMBERS): void => {
    if (!first) begin(name, { signal: name });
    else if (name !== first.name || performance.now() - first.at > SAME_KEYPRESS_MS)
      leave(log, 128 + SIGNAL_NUMBERS[name], `${name} after ${first.name}: ended at once`);
  };
  process.on('SIGTERM', () => {
    receive('SIGTERM');
  });
  process.on('SIGINT', () => {
    receive('SIGINT');
  });
  const isInTerminal = process.stdout.isTTY;
  process.on('SIGHUP', () => {
    if (onHangup) onHangup();
    else if (!isInTerminal) log.warn({ signal: 'SIGHUP' }, 'SIGHUP means nothing here: to change the options, restart');
    else if (!first) begin('SIGHUP', { signal: 'SIGHUP' });
  });
  onShellEnd(() => {
    if (!first) begin('SIGTERM', { reason: 'the npm command that started this has ended' });
  });
}

const PARENT_MS = 250;

function onShellEnd(ended: () => void): void {
  const isThere = npmWatch(process.env, () => process.ppid);
  if (isThere === undefined) return;
  const timer = setInterval(() => {
    if (isThere()) return;
    clearInterval(timer);
    ended();
  }, PARENT_MS);
  timer.unref();
}

function onCrash(log: Log): void {
  process.on('uncaughtException', (error, origin) => {
    leave(
      log,
      1,
      `crashed by an ${origin === 'unhandledRejection' ? 'unhandled rejection' : 'uncaught exception'}`,
      error,
    );
  });
}

/** Ends the process once the log is written, but not later than in a second. */
function leave(log: Log, code: number, reason: string, error?: unknown): void {
  process.exitCode = code;
  const exit = (): never => process.exit(code);
  setTimeout(exit, 1_000).unref();
  try {
    log.fatal({ ...(error !== undefined && { err: error }), exitCode: code }, reason);
    log.flush(exit);
  } catch {
    exit();
  }
}

/** How long the reader of what was printed has, once everything else is done. */
const UNREAD_MS = 1_000;

/** What nobody reads is no reason to stay, nor a failure: a write that waits for its reader would keep the process. */
function leaveUnread(): void {
  setTimeout(() => {
    if ([process.stdout, process.stderr].some(({ writableLength }) => writableLength > 0)) process.exit();
  }, UNREAD_MS).unref();
}

/** A service prints beside its work: what it cannot print is no matter of its exit code. */
let isService = false;

/**
 * For commands that print: a reader that has gone away (`--help | head -1`) ends nothing with a stack, and a disk that
 * is full shows in the exit code.
 */
export function surviveBrokenOutput(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && !isService) process.exitCode = 1;
    });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error as Error | undefined)?.name === 'AbortError');
}
