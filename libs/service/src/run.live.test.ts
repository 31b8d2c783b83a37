// The life of a service in a process of its own: what it logs and with which code it leaves.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from '@jest/globals';

type Line = Readonly<Record<string, unknown>>;

interface Child {
  /** Resolves with the first log line that has this message, once it is written. */
  said(msg: string): Promise<Line>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: string | null;
    readonly lines: readonly Line[];
  }>;
}

/**
 * Runs `await runService(async (signal) => { BODY }, { log, deadlineMs })` in a child; `say(msg)` logs, `hold()` keeps
 * the process alive.
 */
function service(
  body: string,
  deadlineMs = 60_000,
  parent?: { readonly command: readonly [string, ...string[]]; readonly env: Readonly<Record<string, string>> },
): Child {
  const here = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
  const script = `
    import { runService } from ${here('./run.js')};
    import { createLog } from ${here('./log.js')};
    const log = createLog({ level: 'info', name: 'child' });
    const say = (msg) => log.info(msg);
    const hold = () => { const timer = setInterval(() => {}, 60_000); return () => clearInterval(timer); };
    await runService(async (signal) => { ${body} }, { log, deadlineMs: ${deadlineMs} });
    say('run ended');`;
  const [command, ...args] = parent?.command ?? [process.execPath, '--input-type=module', '-e', script];
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(parent && { env: { ...process.env, ...parent.env, NODE: process.execPath, SCRIPT: script } }),
  });
  const lines: Line[] = [];
  const waiting = new Map<string, (line: Line) => void>();
  const reader = createInterface(child.stdout).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    waiting.get(String(line['msg']))?.(line);
  });
  const read = once(reader, 'close');
  return {
    said: (msg) =>
      new Promise((resolve) => {
        waiting.set(msg, resolve);
      }),
    kill: (signal) => void child.kill(signal),
    ended: once(child, 'exit').then(async ([code, signal]) => {
      await read;
      return { code: code as number | null, signal: signal as string | null, lines };
    }),
  };
}

const messages = (lines: readonly Line[]): unknown[] => lines.map((line) => line['msg']);

describe('a service', () => {
  it.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])(
    'stops at %s: the signal aborts, it is disposed of, and the process leaves by itself with 0',
    async (signal) => {
      const child = service(`
      const release = hold();
      signal.addEventListener('abort', () => say('aborted'));
      say('running');
      return { async [Symbol.asyncDispose]() { say('disposing'); await new Promise(setImmediate); release(); say('disposed'); } };`);
      await child.said('running');
      child.kill(signal);
      const { code, lines } = await child.ended;
      expect(messages(lines)).toEqual(['running', 'stopping', 'aborted', 'disposing', 'disposed', 'run ended']);
      expect(code).toBe(0);
    },
  );

  it('that is told to stop while it starts gives up without an error', async () => {
    const child = service(`
      const release = hold();
      say('starting');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      release();
      signal.throwIfAborted();`);
    await child.said('starting');
    child.kill('SIGTERM');
    const { code, lines } = await child.ended;
    expect([code, messages(lines)]).toEqual([0, ['starting', 'stopping', 'run ended']]);
  });

  it('that does not close is ended by the backstop, which says so', async () => {
    const child = service(`hold(); say('running'); return { async [Symbol.asyncDispose]() {} };`, 50);
    await child.said('running');
    child.kill('SIGTERM');
    const { code, lines } = await child.ended;
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({
      level: 'fatal',
      exitCode: 1,
      msg: 'not stopped after 50 ms: something did not close; ended by force',
    });
  });

  it('whose stop hangs ends at once with a second signal', async () => {
    const child = service(`hold(); say('running'); return { [Symbol.asyncDispose]: () => new Promise(() => {}) };`);
    await child.said('running');
    child.kill('SIGTERM');
    await child.said('stopping');
    child.kill('SIGINT');
    const { code, lines } = await child.ended;
    expect(code).toBe(130);
    expect(lines.at(-1)).toMatchObject({ msg: 'SIGINT after SIGTERM: ended at once' });
  });

  it('takes the doubled Ctrl-C of npm for one', async () => {
    const child = service(`
      const release = hold();
      process.on('SIGINT', () => { if (++count === 2) { say('second'); release(); } });
      let count = 0;
      say('running');
      return { async [Symbol.asyncDispose]() { process.kill(process.pid, 'SIGINT'); } };`);
    await child.said('running');
    child.kill('SIGINT');
    const { code, lines } = await child.ended;
    expect([code, messages(lines)]).toEqual([0, ['running', 'stopping', 'run ended', 'second']]);
  });

  it('goes on at SIGHUP, which means nothing to it, and says so', async () => {
    const child = service(`
      const release = hold();
      say('running');
      return { async [Symbol.asyncDispose]() { release(); } };`);
    await child.said('running');
    child.kill('SIGHUP');
    await child.said('SIGHUP means nothing here: to change the options, restart');
    child.kill('SIGTERM');
    expect(await child.ended).toMatchObject({ code: 0 });
  });

  it('under npm stops when the shell that npm started has ended, since that shell hands no signal on', async () => {
    const body = `
      const release = hold();
      say('running');
      return { async [Symbol.asyncDispose]() { say('disposed'); release(); } };`;
    const child = service(body, 1_000, {
      // More than one command: the shell stays. The variables keep what they hold out of its text.
      command: ['sh', '-c', '"$NODE" --input-type=module -e "$SCRIPT"; true'],
      env: { npm_command: 'exec' },
    });
    await child.said('running');
    child.kill('SIGTERM');
    const { lines } = await child.ended;
    expect(messages(lines)).toEqual(['running', 'stopping', 'disposed', 'run ended']);
    expect(lines[1]).toMatchObject({ reason: 'the npm command that started this has ended' });
  });

  it('that ends by itself is disposed of and leaves with 0', async () => {
    const { code, lines } = await service(
      `hold().call(); return { closed: Promise.resolve(), async [Symbol.asyncDispose]() { say('disposed ' + signal.aborted); } };`,
    ).ended;
    expect([code, messages(lines)]).toEqual([0, ['disposed true', 'run ended']]);
  });

  it.each([
    ['cannot start', `throw new Error('no broker at redis://:hunter2@redis');`, []],
    [
      'fails while it runs',
      `return { closed: Promise.reject(new Error('lost')), async [Symbol.asyncDispose]() { say('disposed'); } };`,
      ['disposed'],
    ],
    [
      'fails while it stops',
      `return { closed: Promise.resolve(), async [Symbol.asyncDispose]() { throw new Error('stuck'); } };`,
      [],
    ],
  ])('that %s logs why and leaves with 1', async (_, body, more) => {
    const { code, lines } = await service(body).ended;
    expect([code, messages(lines)]).toEqual([1, ['the service failed', ...more, 'run ended']]);
    expect(lines[0]).toMatchObject({ level: 'fatal', err: { type: 'Error', stack: expect.any(String) } });
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });

  it.each([
    ['an uncaught exception', `setImmediate(() => { throw new Error('boom'); });`],
    ['an unhandled rejection', `setImmediate(() => { void Promise.reject(new Error('boom')); });`],
  ])('crashes visibly by %s', async (what, body) => {
    const { code, lines } = await service(`hold(); ${body} return { async [Symbol.asyncDispose]() {} };`).ended;
    expect(code).toBe(1);
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'fatal',
        msg: `crashed by an ${what.slice(3)}`,
        err: expect.objectContaining({ message: 'boom' }),
      }),
    ]);
  });
});
