// Log lines on a descriptor that is full, closed, or read by nobody.
import { describe, expect, it } from '@jest/globals';
import { createLog, lostLines } from './log.js';
import { LogOutput } from './log-output.js';

/** A descriptor that takes `room` bytes, and then fails with `code`. */
function descriptor(): {
  room: number;
  code: string;
  written: string;
  readonly output: LogOutput;
  /** What waits for its time. */
  readonly later: (() => void)[];
} {
  const later: (() => void)[] = [];
  const state = {
    room: Infinity,
    code: 'ENOSPC',
    written: '',
    later,
    output: new LogOutput(
      {
        write: (bytes) => {
          if (state.room === 0) throw Object.assign(new Error(state.code), { code: state.code });
          const taken = bytes.subarray(0, Math.min(bytes.length, state.room));
          state.room -= taken.length;
          state.written += taken.toString();
          return taken.length;
        },
        later: (_ms, work) => void later.push(work),
      },
      (lost, code) => `${lost} lost ${code}\n`,
    ),
  };
  return state;
}

describe('a log whose disk is full', () => {
  it('loses lines without a word to the caller, counts them, and says so once there is room', () => {
    const disk = descriptor();
    disk.output.write('one\n');
    disk.room = 0;
    disk.output.write('two\n');
    disk.output.write('three\n');
    expect(disk.output.lost).toBe(2);
    disk.room = Infinity;
    disk.output.write('four\n');
    expect(disk.written).toBe('one\n2 lost ENOSPC\nfour\n');
    expect(disk.output.lost).toBe(2);
  });

  it('does not glue a line to one that was cut', () => {
    const disk = descriptor();
    disk.room = 3;
    disk.output.write('cut off\n');
    disk.room = Infinity;
    disk.output.write('whole\n');
    expect(disk.written).toBe('cut\n1 lost ENOSPC\nwhole\n');
  });
});

describe('a pipe that nobody reads', () => {
  it('keeps lines for its reader, in order, and writes them once he reads', () => {
    const pipe = descriptor();
    Object.assign(pipe, { code: 'EAGAIN', room: 3 });
    for (const line of ['one\n', 'two\n', 'three\n']) pipe.output.write(line);
    expect([pipe.written, pipe.output.lost]).toEqual(['one', 0]);
    pipe.room = 4;
    pipe.later.shift()?.();
    expect(pipe.written).toBe('one\ntwo');
    pipe.room = Infinity;
    pipe.later.shift()?.();
    expect(pipe.written).toBe('one\ntwo\nthree\n');
    expect(pipe.later).toEqual([]);
    pipe.output.write('four\n');
    expect(pipe.written).toBe('one\ntwo\nthree\nfour\n');
  });

  it('keeps a megabyte, and loses and counts what is beyond', () => {
    const pipe = descriptor();
    Object.assign(pipe, { code: 'EAGAIN', room: 0 });
    const line = `${'x'.repeat(99_999)}\n`;
    for (let n = 0; n < 15; n++) pipe.output.write(line);
    expect(pipe.output.lost).toBe(5);
    pipe.room = Infinity;
    pipe.output.write('next\n');
    expect(pipe.written).toBe(`${line.repeat(10)}5 lost EAGAIN\nnext\n`);
  });

  it.each([
    ['by the timer', (pipe: ReturnType<typeof descriptor>) => pipe.later.splice(0).forEach((work) => work())],
    ['at the end of the program', (pipe: ReturnType<typeof descriptor>) => pipe.output.flush()],
  ])('learns what was lost once he reads, also where no further line comes: %s', (_, drain) => {
    const pipe = descriptor();
    Object.assign(pipe, { code: 'EAGAIN', room: 0 });
    const line = `${'x'.repeat(99_999)}\n`;
    for (let n = 0; n < 15; n++) pipe.output.write(line);
    // Room for what waits, and none for the word of what is lost.
    pipe.room = 10 * line.length;
    drain(pipe);
    expect(pipe.written).toBe(line.repeat(10));
    pipe.room = Infinity;
    drain(pipe);
    expect(pipe.written).toBe(`${line.repeat(10)}5 lost EAGAIN\n`);
  });
});

describe('the log', () => {
  it('throws for nothing: not for its destination, and not for what cannot be shown', () => {
    let isBroken = true;
    const destination = {
      write: () => {
        if (isBroken) throw new Error('ENOSPC');
      },
    };
    const log = createLog({ level: 'info', name: 'test', destination });
    log.info('lost');
    log.child({ a: 1 }).error({ err: new Error('x') }, 'lost, too');
    isBroken = false;
    log.info('written');
    log.info(
      {
        get odd(): string {
          throw new Error('odd');
        },
      },
      'cannot be shown',
    );
    expect(lostLines(log)).toBe(3);
  });
});
