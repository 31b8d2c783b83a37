// A service that prints where nobody reads, and is told to stop.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';

const SERVICE = new URL('./index.js', import.meta.url).href;

/** Prints a megabyte, fails where `body` says so, and ends at SIGTERM. */
async function exitOf(stream: 'stdout' | 'stderr', body = ''): Promise<unknown> {
  const script = `
    import { runService, silentLog, surviveBrokenOutput } from ${JSON.stringify(SERVICE)};
    surviveBrokenOutput();
    await runService(async () => {
      process.${stream}.write('x'.repeat(2 ** 20));
      process.kill(process.pid, 'SIGTERM');
      return { async [Symbol.asyncDispose]() { ${body} } };
    }, { log: silentLog(), deadlineMs: 30_000 });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [code] = (await once(child, 'exit')) as [unknown];
  child.stdout.destroy();
  child.stderr.destroy();
  return code;
}

describe('a service whose output nobody reads', () => {
  it.each(['stdout', 'stderr'] as const)(
    'ends well at SIGTERM: %s',
    async (stream) => {
      const begun = performance.now();
      expect(await exitOf(stream)).toBe(0);
      expect(performance.now() - begun).toBeLessThan(15_000);
    },
    60_000,
  );

  it('says all the same that it failed', async () => {
    expect(await exitOf('stdout', "throw new Error('it does not close')")).toBe(1);
  }, 60_000);
});
