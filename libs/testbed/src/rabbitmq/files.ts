// What a RabbitMQ server reads at its start: its configuration, plugins, host names, and who may do what.
import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Certificates } from '../tls/certificates.js';

export const HOST = '127.0.0.1';

/** A user with its rights in one virtual host, as regular expressions of names; none of them is `^$`. */
export interface RabbitmqUser {
  readonly name: string;
  readonly password: string;
  /** `administrator`, `monitoring`, `management`; none lets nobody into the management API. */
  readonly tags?: readonly string[] | undefined;
  /** Default the server's own `vhost`. */
  readonly vhost?: string | undefined;
  readonly configure?: string | undefined;
  readonly write?: string | undefined;
  readonly read?: string | undefined;
}

export interface ServerFiles {
  readonly folder: string;
  readonly port: number;
  readonly managementPort: number | undefined;
  readonly certificates: Certificates | undefined;
  /** Whether a client without a certificate is refused. */
  readonly clientCertificate: boolean;
  readonly vhosts: readonly string[];
  readonly users: readonly RabbitmqUser[];
  readonly plugins: readonly string[];
  /** More lines of the configuration, last, so that they win. */
  readonly config: readonly string[];
}

export async function writeServerFiles(files: ServerFiles): Promise<void> {
  const write = (name: string, lines: readonly string[]): Promise<void> =>
    writeFile(join(files.folder, name), `${lines.join('\n')}\n`, { mode: 0o600 });
  await Promise.all([
    write('rabbitmq.conf', configuration(files)),
    write('plugins', [`[${files.plugins.join(',')}].`]),
    write('definitions.json', [JSON.stringify(definitions(files), undefined, 2)]),
    // Names are looked up in here and nowhere else, which spares Erlang a helper process that outlives a kill.
    write('inetrc', ['{lookup, [file]}.', '{host, {127,0,0,1}, ["localhost"]}.']),
  ]);
}

function configuration(files: ServerFiles): string[] {
  const { certificates, folder, port, managementPort } = files;
  const lines = [
    'loopback_users = none',
    'log.console = false',
    'log.file.level = info',
    // A full disk of the machine that tests must not block publishers by itself.
    'disk_free_limit.absolute = 1MB',
    `load_definitions = ${join(folder, 'definitions.json')}`,
  ];
  if (certificates)
    lines.push(
      'listeners.tcp = none',
      `listeners.ssl.default = ${HOST}:${port}`,
      `ssl_options.cacertfile = ${certificates.ca}`,
      `ssl_options.certfile = ${certificates.serverCertificate}`,
      `ssl_options.keyfile = ${certificates.serverKey}`,
      'ssl_options.verify = verify_peer',
      `ssl_options.fail_if_no_peer_cert = ${files.clientCertificate}`,
    );
  else lines.push(`listeners.tcp.default = ${HOST}:${port}`);
  if (managementPort !== undefined)
    lines.push(`management.tcp.ip = ${HOST}`, `management.tcp.port = ${managementPort}`);
  return [...lines, ...files.config];
}

/** As the management API exports them; loaded at every start, and what was made meanwhile stays. */
function definitions(files: ServerFiles): Record<string, unknown> {
  // Somebody with rights in two virtual hosts is one user: the server stumbles over the second, and drops all rights.
  const users = new Map(files.users.map((user) => [user.name, user]));
  return {
    vhosts: files.vhosts.map((name) => ({ name })),
    users: [...users.values()].map(({ name, password, tags = [] }) => ({
      name,
      password_hash: passwordHash(password),
      hashing_algorithm: 'rabbit_password_hashing_sha256',
      tags: tags.join(','),
    })),
    permissions: files.users.map(({ name, vhost, configure = '^$', write = '^$', read = '^$' }) => ({
      user: name,
      vhost: vhost ?? files.vhosts[0],
      configure,
      write,
      read,
    })),
  };
}

function passwordHash(password: string): string {
  const salt = randomBytes(4);
  const hash = createHash('sha256').update(salt).update(password, 'utf8').digest();
  return Buffer.concat([salt, hash]).toString('base64');
}
