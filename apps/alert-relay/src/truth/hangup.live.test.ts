// SIGHUP at the worst moment: while the relay is still reading its configuration.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, rename } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { Testbed } from '@celery-watch/testbed';
import { PROGRAM, settingsOf } from './testing.js';

it('while it starts does not end the relay, which reads the file once more as soon as it runs', async () => {
  await using bed = new Testbed();
  const file = path.join(bed.folder, 'relay.pipe');
  const next = path.join(bed.folder, 'next.pipe');
  await promisify(execFile)('mkfifo', [file, next]);
  const settings = await settingsOf(bed, {
    channels: [{ name: 'people', type: 'webhook', url: 'http://127.0.0.1:9/' }],
    route: { channels: ['people'] },
  });
  const relay = spawn(process.execPath, [PROGRAM, 'run', '--config', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(relay, 'exit');
  const said: unknown[] = [];
  let reread: () => void = () => undefined;
  const isReread = new Promise<void>((resolve) => (reread = resolve));
  createInterface(relay.stdout).on('line', (line) => {
    const { msg } = JSON.parse(line) as { msg: unknown };
    said.push(msg);
    if (msg === 'the configuration was read again') reread();
  });
  try {
    const hasEnded = ended.then((how) => {
      throw new Error(`the relay has ended: ${String(how)}`);
    });
    for (const round of ['first', 'second']) {
      // Opening the pipe for writing succeeds once the relay has opened it for reading; then it waits for the text.
      const pipe = await Promise.race([open(file, 'w'), hasEnded]);
      if (round === 'first') {
        relay.kill('SIGHUP');
        // The second reading has a pipe of its own, so that the two texts never become one.
        await rename(next, file);
      }
      await pipe.writeFile(JSON.stringify(settings));
      await pipe.close();
    }
    await Promise.race([isReread, hasEnded]);
    expect(said.filter((each) => /^taking alerts$|read again/.test(String(each)))).toEqual([
      'taking alerts',
      'the configuration was read again',
    ]);
  } finally {
    relay.kill('SIGTERM');
  }
  expect(await ended).toEqual([0, null]);
});
