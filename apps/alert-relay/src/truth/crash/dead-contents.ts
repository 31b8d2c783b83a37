// What the dead letters hold, from the store itself: the relay's list has names only. For the crash test.
import { copyFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Notification } from '../../notification/index.js';

export interface DeadContent {
  readonly channel: string;
  readonly notification: Notification;
}

/** @param schema where the tables lie, with its dot */
export const DEAD_CONTENTS = (schema = ''): string =>
  `SELECT channel, content FROM ${schema}delivery AS delivery ` +
  `JOIN ${schema}notification AS notification ON notification.id = delivery.notification WHERE state = 'dead'`;

export function deadContentOf({ channel, content }: Readonly<Record<string, unknown>>): DeadContent {
  return { channel: String(channel), notification: JSON.parse(String(content)) as Notification };
}

/**
 * Reads a copy of the file and its log, for the relay that holds them lets nobody else in. Nothing may be on its way
 * meanwhile.
 */
export async function deadContentsOfFile(store: string): Promise<readonly DeadContent[]> {
  const copy = path.join(path.dirname(store), 'copy.db');
  for (const end of ['', '-wal']) await copyFile(`${store}${end}`, `${copy}${end}`);
  const db = new DatabaseSync(copy);
  try {
    return db.prepare(DEAD_CONTENTS()).all().map(deadContentOf);
  } finally {
    db.close();
    for (const end of ['', '-wal', '-shm']) await rm(`${copy}${end}`, { force: true });
  }
}
