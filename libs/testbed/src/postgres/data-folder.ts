// What a PostgreSQL server reads at its start: its data folder, made anew or copied from another server, its
// configuration, and who may log in how.
import { appendFile, chown, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runCommand } from '../processes/run-command.js';
import type { Certificates } from '../tls/certificates.js';
import { postgresProgram, type ServerUser } from './programs.js';

export const HOST = '127.0.0.1';
/** The superuser, who needs no password on the unix socket. */
export const SUPERUSER = 'postgres';

export interface ServerFiles {
  /** Of the server alone: its socket and certificates lie here, its data in `data`. */
  readonly folder: string;
  readonly bin: string | undefined;
  readonly runsAs: ServerUser | undefined;
  readonly port: number;
  /** Whether others than the superuser need one. */
  readonly password: string | undefined;
  readonly certificates: Certificates | undefined;
  readonly clientCertificate: boolean;
  readonly fsync: boolean;
  readonly config: readonly string[];
  /** The server to copy and to follow. */
  readonly follows: { readonly folder: string; readonly port: number; readonly name: string } | undefined;
}

export function dataFolder(files: Pick<ServerFiles, 'folder'>): string {
  return join(files.folder, 'data');
}

export async function writeServerFiles(files: ServerFiles): Promise<void> {
  const { bin, folder, follows, runsAs } = files;
  if (runsAs) {
    await chown(folder, runsAs.uid, runsAs.gid);
    for (const name of await readdir(folder)) await chown(join(folder, name), runsAs.uid, runsAs.gid);
  }
  const data = dataFolder(files);
  const options = { cwd: folder, env: { LC_ALL: 'C' }, within: 60_000, ...runsAs };
  if (follows) {
    const from = `host=${follows.folder} port=${follows.port} user=${SUPERUSER} application_name=${follows.name}`;
    const args = [
      '-D',
      data,
      '-d',
      from,
      '--write-recovery-conf',
      '--checkpoint=fast',
      '--no-sync',
      '--wal-method=stream',
    ];
    await runCommand(postgresProgram('pg_basebackup', bin), args, options);
  } else {
    const args = [
      '-D',
      data,
      '-U',
      SUPERUSER,
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--no-locale',
      '--no-sync',
      '--no-instructions',
    ];
    await runCommand(postgresProgram('initdb', bin), args, options);
  }
  // Later lines win, also those of a copied server.
  await appendFile(join(data, 'postgresql.conf'), `\n${configuration(files).join('\n')}\n`);
  await writeFile(join(data, 'pg_hba.conf'), `${rights(files).join('\n')}\n`);
}

function configuration(files: ServerFiles): string[] {
  const { certificates, folder, fsync, port } = files;
  const lines = [
    `listen_addresses = '${HOST}'`,
    `port = ${port}`,
    `unix_socket_directories = '${folder}'`,
    // What it shares lies in its folder and goes with it; the default leaves files in /dev/shm after a kill.
    'dynamic_shared_memory_type = mmap',
    'shared_buffers = 32MB',
    "log_line_prefix = '%m [%p] %u@%d '",
    "lc_messages = 'C'",
    // A commit is written before it is answered either way: what was answered outlives a kill of the server.
    `fsync = ${fsync ? 'on' : 'off'}`,
    `full_page_writes = ${fsync ? 'on' : 'off'}`,
  ];
  if (certificates)
    lines.push(
      'ssl = on',
      `ssl_ca_file = '${certificates.ca}'`,
      `ssl_cert_file = '${certificates.serverCertificate}'`,
      `ssl_key_file = '${certificates.serverKey}'`,
    );
  return [...lines, ...files.config];
}

function rights({ certificates, clientCertificate, password }: ServerFiles): string[] {
  const how = password === undefined ? 'trust' : 'scram-sha-256';
  const host = certificates ? 'hostssl' : 'host';
  return [
    `local all,replication ${SUPERUSER} trust`,
    `local all all ${how}`,
    `${host} all all ${HOST}/32 ${how}${clientCertificate ? ' clientcert=verify-ca' : ''}`,
  ];
}
