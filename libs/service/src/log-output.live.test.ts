// A program whose log has nowhere to go, for real: a full device, a pipe that is closed, a pipe that nobody reads.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const SERVICE = new URL('./index.js', import.meta.url).href;
const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A service that logs 3,000 lines of 1 kB, stops by itself, and then says on standard error how many were lost. */
function program(stdout: 'pipe' | number): ChildProcess {
  const script = `
    import { createLog, lostLines, runService } from ${JSON.stringify(SERVICE)};
    const log = createLog({ level: 'info', name: 'test' });
    await runService(async () => {
      log.info('starting');
      await new Promise((resolve) => process.stdin.once('data', resolve));
      for (let n = 0; n < 3000; n++) log.info({ n, filler: 'x'.repeat(1000) }, 'a line');
      return { closed: Promise.resolve(), async [Symbol.asyncDispose]() { log.error('stopping'); process.stdin.destroy(); } };
    }, { log, deadlineMs: 5000 });
    process.stderr.write(JSON.stringify({ lost: lostLines(log) }));`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', stdout, 'pipe'] });
}

async function ending(child: ChildProcess): Promise<{ readonly code: unknown; readonly lost: number }> {
  const said = text(child.stderr as NodeJS.ReadableStream);
  const [code] = (await once(child, 'exit')) as [unknown];
  return { code, lost: (JSON.parse(await said) as { lost: number }).lost };
}

describe('a program goes on and ends well', () => {
  it('where the device of its log is full', async () => {
    const full = openSync('/dev/full', 'w');
    const child = program(full);
    closeSync(full);
    child.stdin?.write('go');
    expect(await ending(child)).toEqual({ code: 0, lost: 3_002 });
  });

  it('where the reader of its log has gone', async () => {
    const child = program('pipe');
    child.stdout?.destroy();
    child.stdin?.write('go');
    expect(await ending(child)).toEqual({ code: 0, lost: expect.any(Number) });
  });

  it('where nobody reads its log: what a pipe holds and a megabyte wait, the rest is lost', async () => {
    // A pipe of Node.js is a socket.
    const folder = await mkdtemp(path.join(tmpdir(), 'log-output-'));
    folders.push(folder);
    const fifo = path.join(folder, 'log');
    await run('mkfifo', [fifo]);
    const log = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    const writable = openSync(fifo, constants.O_WRONLY);
    try {
      const child = program(writable);
      child.stdin?.write('go');
      const { code, lost } = await ending(child);
      expect(code).toBe(0);
      expect(lost).toBeGreaterThan(1_000);
      expect(lost).toBeLessThan(2_500);
      const bytes = Buffer.alloc(100);
      readSync(log, bytes);
      expect(bytes.toString()).toMatch(/^\{"level":"info".*"msg":"starting"\}\n/);
    } finally {
      closeSync(log);
      closeSync(writable);
    }
  });

  it('where its log is a socket that nobody reads, as the journal can be', async () => {
    const child = program('pipe');
    child.stdin?.write('go');
    const { code, lost } = await ending(child);
    expect(code).toBe(0);
    expect(lost).toBeGreaterThan(0);
  });
});
