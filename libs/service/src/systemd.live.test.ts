// What systemd hears of a service of `Type=notify`: a socket of datagrams like systemd's, and its own program.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { tellSystemd } from './systemd.js';

const LISTENER =
  'import socket, sys\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.bind(sys.argv[1])\n' +
  'print("bound", flush=True)\nprint(s.recv(4096).decode(), flush=True)\n' +
  // Then comes a barrier: the program waits until its other end is closed, which systemd does, and so does an end.
  's.settimeout(10)\ntry: s.recvmsg(4096, 4096)\nexcept TimeoutError: pass\n';
let folder = '';

/** A log that keeps its warnings. */
function keeping(): { readonly warnings: unknown[]; readonly log: Parameters<typeof tellSystemd>[0] } {
  const warnings: unknown[] = [];
  return { warnings, log: { warn: (fields: unknown) => warnings.push(fields) } as never };
}

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'notify-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasProgram = spawnSync('systemd-notify', ['--version']).status === 0;

(hasProgram ? it : it.skip)('systemd is told that the service is ready', async () => {
  const { warnings, log } = keeping();
  const socket = path.join(folder, 'notify');
  const listener = spawn('/usr/bin/python3', ['-c', LISTENER, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  let heard = '';
  for await (const bytes of listener.stdout) {
    heard += String(bytes);
    if (heard === 'bound\n') tellSystemd(log, { ...process.env, NOTIFY_SOCKET: socket });
  }
  expect(heard).toContain('READY=1');
  expect(heard).toContain('STATUS=serving');
  expect(warnings).toEqual([]);
});

it('without a socket nothing is started, and a machine without the program is told so', async () => {
  const { warnings, log } = keeping();
  tellSystemd(log, {}, '/nowhere/systemd-notify');
  expect(warnings).toEqual([]);
  tellSystemd(log, { NOTIFY_SOCKET: '/nowhere' }, '/nowhere/systemd-notify');
  while (warnings.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(warnings).toEqual([{ reason: 'spawn /nowhere/systemd-notify ENOENT' }]);
});
