// Where log lines go: a file descriptor that may be full, closed or read by nobody, and never stops the program for it.
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';

/** Calls that a test replaces: a disk that is full for real takes root. */
export interface OutputCalls {
  /** Writes bytes and answers how many; throws what `fs.writeSync` throws. */
  readonly write: (bytes: Buffer) => number;
  /** Calls `work` after that many milliseconds, without keeping the process alive. */
  readonly later: (ms: number, work: () => void) => void;
}

/** What waits for a reader that is slow; beyond it lines are lost. */
const LONGEST_BACKLOG = 1024 * 1024;
const RETRY_MS = 100;

/**
 * Takes log lines for a descriptor. A line is written at once where it can be, so that the last ones before a crash are
 * there. A pipe that is full holds nobody up: up to a megabyte waits for its reader. What cannot be written is lost and
 * counted, and `note` makes the line that says so as soon as anything can be written again. No call throws.
 */
export class LogOutput {
  /** Lines that are lost for good. */
  lost = 0;
  readonly #calls: OutputCalls;
  readonly #note: (lost: number, code: string) => string;
  readonly #backlog: Buffer[] = [];
  #backlogBytes = 0;
  /** Lines lost since the last one that could be written, and why the first of them was. */
  #unsaid = 0;
  #code = '';
  /** A line was cut in its middle: the next one must not be glued to it. */
  #isCut = false;
  #isRetrying = false;

  constructor(calls: OutputCalls, note: (lost: number, code: string) => string) {
    this.#calls = calls;
    this.#note = note;
  }

  write(line: string): void {
    if (this.#backlog.length > 0) this.#drain();
    if (this.#backlog.length > 0) return this.#keep(Buffer.from(line));
    this.#sayLost();
    this.#put(Buffer.from(line));
  }

  /** For pino, which calls it where the process is about to end. */
  flush(done?: (error?: Error) => void): void {
    this.#drain();
    done?.();
  }

  /** Before the next line, and once what has waited is written. */
  #sayLost(): void {
    if (this.#unsaid === 0) return;
    const [count, code] = [this.#unsaid, this.#code];
    this.#unsaid = 0;
    // A note that is lost itself is no line of the program's.
    if (!this.#put(Buffer.from(this.#note(count, code)), false)) this.#unsaid = count;
  }

  /** Whether the bytes are written, or wait for their reader. */
  #put(bytes: Buffer, isLine = true): boolean {
    let rest = this.#isCut ? Buffer.concat([NEWLINE, bytes]) : bytes;
    try {
      while (rest.length > 0) {
        rest = rest.subarray(this.#calls.write(rest));
        this.#isCut = rest.length > 0 || !endsLine(bytes);
      }
      return true;
    } catch (error) {
      const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN' && isLine) {
        this.#isCut = false;
        this.#backlog.push(rest);
        this.#backlogBytes += rest.length;
        this.#retryLater();
        return true;
      }
      if (code === 'EAGAIN') this.#retryLater();
      if (isLine) this.#lose(code);
      return false;
    }
  }

  #keep(line: Buffer): void {
    if (this.#backlogBytes + line.length > LONGEST_BACKLOG) return this.#lose('EAGAIN');
    this.#backlog.push(line);
    this.#backlogBytes += line.length;
  }

  #drain(): void {
    for (let line = this.#backlog.shift(); line !== undefined; line = this.#backlog.shift()) {
      this.#backlogBytes -= line.length;
      const before = this.#backlog.length;
      this.#put(line);
      if (this.#backlog.length > before) {
        // Its rest went to the end of the backlog: it belongs to the front.
        const rest = this.#backlog.pop();
        if (rest !== undefined) this.#backlog.unshift(rest);
        return;
      }
    }
    // Whoever reads again hears of it now: the next line may be hours away, or none may come.
    this.#sayLost();
  }

  #lose(code: string): void {
    this.lost += 1;
    if (this.#unsaid === 0) this.#code = code;
    this.#unsaid += 1;
  }

  #retryLater(): void {
    if (this.#isRetrying) return;
    this.#isRetrying = true;
    this.#calls.later(RETRY_MS, () => {
      this.#isRetrying = false;
      this.#drain();
      if (this.#backlog.length > 0) this.#retryLater();
    });
  }
}

const NEWLINE = Buffer.from('\n');

function endsLine(bytes: Buffer): boolean {
  return bytes.at(-1) === NEWLINE[0];
}

/**
 * The calls for a descriptor of this process. Another reader of the same pipe or terminal is not touched: it is opened
 * anew, so that a write that finds no room answers at once (EAGAIN) where it would hold up the whole program.
 */
export function descriptorCalls(fd: number): OutputCalls {
  const own = openWithoutWaiting(fd);
  return {
    write: (bytes) => writeSync(own, bytes),
    later: (ms, work) => {
      setTimeout(work, ms).unref();
    },
  };
}

function openWithoutWaiting(fd: number): number {
  try {
    const kind = fstatSync(fd);
    // A file holds nobody up, and opened anew it would be written from its beginning. The getter makes a socket, such
    // as the journal's, one that does not wait.
    if (kind.isSocket() && fd === 1) process.stdout.on('error', () => undefined);
    if (!kind.isFIFO() && !isTerminal(kind, fd)) return fd;
    const own = openSync(`/proc/self/fd/${String(fd)}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    if (fstatSync(own).ino === kind.ino) return own;
    closeSync(own);
    return fd;
  } catch {
    // Closed, or no /proc: what is written there is lost, or waits.
    return fd;
  }
}

function isTerminal(kind: ReturnType<typeof fstatSync>, fd: number): boolean {
  return kind.isCharacterDevice() && fd === 1 && process.stdout.isTTY;
}
