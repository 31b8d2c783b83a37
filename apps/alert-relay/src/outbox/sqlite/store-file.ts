// Whether the files that are open are still those at their path, and nobody else wrote into them: what is written into
// a deleted file is gone with the process, and into an overwritten one with the next start, although it succeeds.
import { closeSync, constants, copyFileSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';

interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

/** What is wrong with the place of a file. */
export type Misplaced = 'gone' | 'replaced';

/** Which file somebody else wrote into. */
export type Overwritten = 'main' | 'log';

/** Of a log that holds nothing yet. */
const LOG_HEADER = 32n;

/**
 * How many bytes of a write-ahead log stand beside a file that is empty or gone: SQLite would take it for a new one and
 * delete the log. Undefined: there is none, or the file is there. A new file is never empty once it has a log.
 */
export function logWithoutFile(path: string): bigint | undefined {
  if ((identityOf(path)?.size ?? 0n) > 0n) return undefined;
  const size = identityOf(`${path}-wal`)?.size ?? 0n;
  return size > LOG_HEADER ? size : undefined;
}

/** Looks at the file system take some microseconds: little beside a commit, which waits for the disk. */
export class StoreFile {
  readonly path: string;
  readonly #main: Identity | undefined;
  #log: Identity | undefined;
  /** As our own last work left them; undefined: not at their path then. */
  #mainLeft: Identity | undefined;
  #logLeft: Identity | undefined;
  #overwritten: Overwritten | undefined;

  /** To be made when the file has just been opened. Undefined where `path` is no file (`:memory:`). */
  static opened(path: string | undefined): StoreFile | undefined {
    return path === undefined ? undefined : new StoreFile(path);
  }

  private constructor(path: string) {
    this.path = path;
    this.#main = identityOf(path);
    this.#log = identityOf(this.#logPath);
    this.leave();
  }

  get #logPath(): string {
    return `${this.path}-wal`;
  }

  /** Of the file itself; undefined: it is where it was. */
  main(): Misplaced | undefined {
    return misplaced(this.#main, identityOf(this.path));
  }

  /** Of the write-ahead log, which holds the newest commits. */
  log(): Misplaced | undefined {
    const found = identityOf(this.#logPath);
    // It is made with the first write.
    this.#log ??= found;
    return this.#log === undefined ? undefined : misplaced(this.#log, found);
  }

  /** To be called after each own work with the files. */
  leave(): void {
    this.#mainLeft = left(this.#main, identityOf(this.path));
    const log = identityOf(this.#logPath);
    this.#log ??= log;
    this.#logLeft = left(this.#log, log);
  }

  /**
   * Into which file somebody else wrote since; to be asked before each own work. It stays so: part of what was there is
   * gone.
   */
  overwritten(): Overwritten | undefined {
    this.#overwritten ??= isChanged(this.#mainLeft, identityOf(this.path))
      ? 'main'
      : isChanged(this.#logLeft, identityOf(this.#logPath))
        ? 'log'
        : undefined;
    return this.#overwritten;
  }

  /**
   * Gives what somebody else wrote a file of its own at its path, which nothing that is open here writes into any more;
   * an empty file is taken away. Where only the log was overwritten, the log is.
   */
  setAside(): void {
    if (this.#overwritten === 'main') {
      if (isChanged(this.#logLeft, identityOf(this.#logPath))) separate(this.#logPath);
      separate(this.path);
    }
    rmIfSame(this.#log, this.#logPath);
  }

  /**
   * Takes our log away from a file that is not ours: the next start would read it as that file's own, and damage it.
   * What is open goes on being written.
   */
  withdrawLog(): void {
    rmIfSame(this.#log ?? identityOf(this.#logPath), this.#logPath);
  }

  /** The log was begun anew. */
  relog(): void {
    this.#log = identityOf(this.#logPath);
  }
}

function misplaced(opened: Identity | undefined, found: Identity | undefined): Misplaced | undefined {
  if (found === undefined) return 'gone';
  return opened?.dev === found.dev && opened.ino === found.ino ? undefined : 'replaced';
}

function left(opened: Identity | undefined, found: Identity | undefined): Identity | undefined {
  return found !== undefined && misplaced(opened, found) === undefined ? found : undefined;
}

function isChanged(before: Identity | undefined, found: Identity | undefined): boolean {
  if (before === undefined || found === undefined || misplaced(before, found) !== undefined) return false;
  return before.size !== found.size || before.mtimeNs !== found.mtimeNs;
}

function separate(path: string): void {
  if (identityOf(path)?.size === 0n) return rmSync(path, { force: true });
  const copy = `${path}.copy`;
  copyFileSync(path, copy, constants.COPYFILE_FICLONE);
  renameSync(copy, path);
}

function rmIfSame(opened: Identity | undefined, path: string): void {
  if (opened !== undefined && misplaced(opened, identityOf(path)) === undefined) rmSync(path, { force: true });
}

/** Undefined where nothing is there, or nothing that can be looked at. */
function identityOf(path: string): Identity | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

const PIECE = 1_048_576;

/**
 * Reads a file from its beginning to its end. The check that follows reads its pages in the order of its tables, which
 * takes a disk ten times as long. To be called before SQLite has the file: closing it here would take SQLite's locks
 * away.
 */
export function readThrough(path: string): void {
  try {
    const file = openSync(path, 'r');
    try {
      const piece = Buffer.allocUnsafe(PIECE);
      while (readSync(file, piece) > 0);
    } finally {
      closeSync(file);
    }
  } catch {
    // There is none yet; or SQLite says what is wrong with it.
  }
}
