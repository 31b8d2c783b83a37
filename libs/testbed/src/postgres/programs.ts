// Where PostgreSQL's programs lie, and the user that runs them, since PostgreSQL refuses to run as root.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { findProgram } from '../processes/find-program.js';

/** Debian's package keeps each version in a folder of its own, and none of them on the PATH. */
const DEBIAN = '/usr/lib/postgresql';

export type PostgresProgram = 'initdb' | 'postgres' | 'pg_basebackup';

/** `folder` or the variable POSTGRES_BIN names another server's; else the newest of Debian's; else the PATH. */
export function postgresProgram(name: PostgresProgram, folder = process.env['POSTGRES_BIN']): string {
  const folders = folder === undefined ? [...debianFolders(), process.env['PATH'] ?? ''] : [folder];
  const found = findProgram([name], folders.join(':'));
  if (found === name) throw new Error(`no PostgreSQL here (${name}): install postgresql, or set POSTGRES_BIN`);
  return found;
}

function debianFolders(): string[] {
  let versions: string[] = [];
  try {
    versions = readdirSync(DEBIAN);
  } catch {
    // No Debian's PostgreSQL.
  }
  return versions.sort((one, other) => Number(other) - Number(one)).map((version) => join(DEBIAN, version, 'bin'));
}

export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** Undefined where the user of this process will do. For root: the user that Debian's package made, else nobody. */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  const line = users.find((each) => each.startsWith('postgres:')) ?? users.find((each) => each.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined)
    throw new Error('PostgreSQL needs a user other than root, and none is here');
  return { uid: Number(uid), gid: Number(gid) };
}
