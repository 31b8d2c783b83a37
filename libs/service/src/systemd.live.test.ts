// What systemd hears of a service of `Type=notify`: a socket of datagrams like systemd's, and its own program.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { tellSystemd } from './systemd.js';

const LISTENER =
  'import socket, sys\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.bind(sys.argv[1])\n' +
  'print("bound", flush=True)\nprint(s.recv(4096).decode(), flush=True)\n';
let folder = '';
const warnings: unknown[] = [];
const log = { warn: (fields: unknown) => warnings.push(fields) } as unknown as Parameters<typeof tellSystemd>[0];

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'notify-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasProgram = spawnSync('systemd-notify', ['--version']).status === 0;

(hasProgram ? it : it.skip)('systemd is told that the service is ready', async () => {
  const socket = path.join(folder, 'notify');
  const listener = spawn('/usr/bin/python3', ['-c', LISTENER, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  let heard = '';
  for await (const bytes of listener.stdout) {
    heard += String(bytes);
    if (heard === 'bound\n') tellSystemd(log, { ...process.env, NOTIFY_SOCKET: socket });
  }
  expect(heard).toContain('READY=1');
  expect(heard).toContain('STATUS=serving');
});

it('without a socket nothing is started, and a machine without the program is told so', async () => {
  tellSystemd(log, {}, '/nowhere/systemd-notify');
  expect(warnings).toEqual([]);
  tellSystemd(log, { NOTIFY_SOCKET: '/nowhere' }, '/nowhere/systemd-notify');
  while (warnings.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(warnings).toEqual([{ reason: 'spawn /nowhere/systemd-notify ENOENT' }]);
});
