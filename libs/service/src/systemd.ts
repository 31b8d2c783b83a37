// Tells systemd that the service is up, where a unit of `Type=notify` started it (sd_notify(3)). Node.js has no
// datagrams over Unix sockets, so systemd's own program sends them; it waits until systemd has heard.
import { spawn } from 'node:child_process';
import type { Log } from './log.js';

/** Does nothing where no such unit started the process: then the environment names no socket. */
export function tellSystemd(log: Log, env: NodeJS.ProcessEnv, program = 'systemd-notify'): void {
  if (env['NOTIFY_SOCKET'] === undefined) return;
  const child = spawn(program, ['--ready', '--status=serving'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  // Neither the program nor what it says keeps the service alive.
  child.unref();
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said += String(bytes)));
  const complain = (reason: string): void => {
    log.warn(
      { reason },
      'systemd was not told that the service is up: it will take it for one that does not start. Type=exec needs no word',
    );
  };
  child.on('error', (error) => {
    complain(error.message);
  });
  child.on('close', (status) => {
    if (status !== 0 && status !== null) complain(said.trim());
  });
}
