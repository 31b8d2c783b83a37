// Opens the embedded outbox: one process at a time, never over a file that is not ours, always at the newest version;
// and puts it together from its pieces.
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreRefused, type Outbox } from '../outbox.js';
import { SqliteAttempts } from './attempts.js';
import { SqliteBacklogs } from './backlogs.js';
import { DeadLettering } from './dead-lettering.js';
import { SqliteDeadLetters } from './dead-letters.js';
import { SqliteForgetting } from './forgetting.js';
import { SqliteHistory } from './history.js';
import { SqliteInbox } from './inbox.js';
import { SqliteQuarantine, type QuarantineLimits } from './quarantine.js';
import { SqliteQueue } from './queue.js';
import { migrate } from './schema.js';
import { SqliteSettling } from './settling.js';
import { messageOf, Store } from './store.js';
import { logWithoutFile, readThrough, StoreFile } from './store-file.js';
import { SqliteSubjects } from './subjects.js';
import { SqliteUpkeep } from './upkeep.js';

export interface SqliteOutboxOptions {
  /** How many unparseable posts are kept; the newest. */
  readonly quarantineKeep?: number;
  /** How many bytes of them are kept; the newest is kept whatever its size. */
  readonly quarantineBytes?: number;
  /** How long to wait for another process to let go of the file, in milliseconds. */
  readonly lockWaitMs?: number;
  /** The id of a new message. */
  readonly newId?: () => string;
}

const MB = 2 ** 20;
const MEMORY = ':memory:';

// The lock on the file is taken before anything else is read and held until the process ends: the system itself
// releases it, also after a crash. Sizes: 8 MB of pages in memory; a log of 4 MB is written back into the file, and one
// that a storm made longer is cut to 16 MB.
const SETTINGS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -8192;
  PRAGMA wal_autocheckpoint = 1000;
  PRAGMA journal_size_limit = ${16 * MB};
`;

/**
 * Opens or makes the file, with its folder; what an earlier run held is waiting again. Rejects with `StoreRefused`
 * where another process has it, where it is damaged, foreign, or newer than this program; the file is then as it was.
 * @param file a path, or `:memory:`
 */
// eslint-disable-next-line @typescript-eslint/require-await -- what fails must reject, not throw
export async function openSqliteOutbox(file: string, options: SqliteOutboxOptions = {}): Promise<Outbox> {
  const { quarantineKeep = 100, quarantineBytes = 64 * MB, lockWaitMs = 1000, newId = randomUUID } = options;
  let db: DatabaseSync | undefined;
  try {
    if (file !== MEMORY) mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
    if (file !== MEMORY) refuseLostFile(file);
    if (file !== MEMORY) readThrough(file);
    db = new DatabaseSync(file, { timeout: lockWaitMs });
    migrate(db, SETTINGS);
    // Nobody can know how far the messages got that an earlier run had claimed.
    db.exec('UPDATE message SET claimed = 0, kept = 1, lost = lost + 1, ambiguous = 1, due_at = 0 WHERE claimed = 1');
    // A log that is not empty, and not the size of the file, says how many pages there are.
    db.exec('UPDATE fencing SET token = token');
    return assemble(new Store(db, StoreFile.opened(file === MEMORY ? undefined : file)), {
      quarantineKeep,
      quarantineBytes,
      newId,
    });
  } catch (error) {
    if (db?.isOpen === true) db.close();
    throw refusal(file, error);
  }
}

function refuseLostFile(file: string): void {
  const bytes = logWithoutFile(file);
  if (bytes === undefined) return;
  throw new StoreRefused(
    `is empty or gone, but ${file}-wal holds ${bytes} bytes of what was stored last. Nothing was changed. Put the file ` +
      `back, or restore it from a backup, with the log beside it; or move ${file}-wal away to begin with an empty outbox`,
  );
}

/** SQLite's result codes: https://sqlite.org/rescode.html; the low byte is the kind. */
const BUSY = 5;
const IO = 10;
const FULL = 13;
const DAMAGED = [11, 26];
/** What Node.js says of a full disk when the folder is made. */
const FULL_FOLDER = ['ENOSPC', 'EDQUOT'];

function refusal(file: string, error: unknown): StoreRefused {
  if (error instanceof StoreRefused) return new StoreRefused(`the outbox ${file} ${error.message}`);
  const { why, mayPass } = whyRefused(error);
  return new StoreRefused(`the outbox ${file} ${why}`, { cause: error, mayPass });
}

function whyRefused(error: unknown): { readonly why: string; readonly mayPass: boolean } {
  const said = messageOf(error);
  const { errcode, code } = error as { errcode?: number; code?: string };
  const kind = Number(errcode) & 0xff;
  if (kind === BUSY)
    return {
      why: 'is in use by another process. Stop the other relay, or give this one a file of its own (storage.path)',
      mayPass: true,
    };
  if (kind === FULL || FULL_FOLDER.includes(String(code)))
    return { why: 'cannot be opened: the disk is full. Make room on it', mayPass: true };
  if (DAMAGED.includes(kind))
    return {
      why:
        `is damaged or no database of the relay (${said}). Nothing was changed; move it away, or restore it ` +
        'from a backup',
      mayPass: false,
    };
  return {
    why:
      `cannot be opened: ${said}. The relay must be able to read and write the file and its folder ` + '(storage.path)',
    mayPass: kind === IO,
  };
}

export interface AssemblyOptions extends QuarantineLimits {
  readonly newId: () => string;
}

/** The outbox on an open database. */
export function assemble(store: Store, { newId, ...limits }: AssemblyOptions): Outbox {
  const backlogs = new SqliteBacklogs(store);
  const subjects = new SqliteSubjects(store);
  const attempts = new SqliteAttempts(store);
  const forgetting = new SqliteForgetting(store, attempts, subjects);
  const deadLettering = new DeadLettering(store, backlogs);
  const inbox = new SqliteInbox(store, backlogs, subjects);
  const settling = new SqliteSettling(store, backlogs, deadLettering, attempts);
  const queue = new SqliteQueue(store, settling, attempts, newId);
  const dead = new SqliteDeadLetters(store, backlogs, deadLettering, attempts, forgetting);
  const history = new SqliteHistory(store, subjects, attempts);
  const quarantine = new SqliteQuarantine(store, limits);
  const upkeep = new SqliteUpkeep(store, subjects, forgetting);
  return {
    record: inbox.record.bind(inbox),
    knowsFormerKeys: inbox.knowsFormerKeys.bind(inbox),
    held: inbox.held.bind(inbox),
    dropHeld: inbox.dropHeld.bind(inbox),
    quarantine: quarantine.quarantine.bind(quarantine),
    waiting: queue.waiting.bind(queue),
    claim: queue.claim.bind(queue),
    contents: queue.contents.bind(queue),
    progress: settling.progress.bind(settling),
    settle: settling.settle.bind(settling),
    listDead: dead.listDead.bind(dead),
    replayDead: dead.replayDead.bind(dead),
    discardDead: dead.discardDead.bind(dead),
    giveUpRemovedChannels: dead.giveUpRemovedChannels.bind(dead),
    history: history.history.bind(history),
    historyOf: history.historyOf.bind(history),
    listQuarantine: quarantine.listQuarantine.bind(quarantine),
    quarantined: quarantine.quarantined.bind(quarantine),
    dropQuarantined: quarantine.dropQuarantined.bind(quarantine),
    figures: upkeep.figures.bind(upkeep),
    prune: upkeep.prune.bind(upkeep),
    note: upkeep.note.bind(upkeep),
    changeNote: upkeep.changeNote.bind(upkeep),
    time: () => store.read('tell the time', () => undefined),
    onWork: () => undefined,
    lost: () => store.read('see whether the file is where it was', () => store.lost()),
    // eslint-disable-next-line @typescript-eslint/require-await -- what fails must reject, not throw
    close: async () => {
      inbox.flush();
      store.close();
    },
  };
}
