// The exporter whose log has nowhere to go: it serves, counts what is lost, and stops as it should.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { freePort, programOf, waitFor } from '@celery-watch/testbed';

it.each([
  ['on a full disk', '"$@" > /dev/full'],
  ['closed', '"$@" >&-'],
])('serves and stops although its log is %s', async (what, command) => {
  const port = String(await freePort());
  const args = [process.execPath, programOf('exporter'), '--broker-url=redis://127.0.0.1:1/0', '--port', port];
  const exporter = spawn('sh', ['-c', `exec ${command}`, 'sh', ...args, '--host=127.0.0.1'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(exporter, 'exit');
  try {
    const page = await waitFor(
      async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
        return answer?.text();
      },
      { within: 20_000, what: 'the exporter to serve' },
    );
    const [, lost] = /^celery_exporter_log_lines_lost_total (\d+)$/m.exec(page) ?? [];
    // Node.js opens /dev/null where standard output is closed.
    expect(Number(lost) > 0).toBe(what === 'on a full disk');
  } finally {
    exporter.kill('SIGTERM');
  }
  expect(await ended).toEqual([0, null]);
});
