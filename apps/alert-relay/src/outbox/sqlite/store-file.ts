// Whether the files that are open are still those at their path: what is written into a deleted file is gone with the
// process, although every write succeeds.
import { rmSync, statSync } from 'node:fs';

interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** What is wrong with the place of a file. */
export type Misplaced = 'gone' | 'replaced';

/** Two looks at the file system take some microseconds: little beside a commit, which waits for the disk. */
export class StoreFile {
  readonly path: string;
  readonly #main: Identity | undefined;
  #log: Identity | undefined;

  /** To be made when the file has just been opened. Undefined where `path` is no file (`:memory:`). */
  static opened(path: string | undefined): StoreFile | undefined {
    return path === undefined ? undefined : new StoreFile(path);
  }

  private constructor(path: string) {
    this.path = path;
    this.#main = identityOf(path);
    this.#log = identityOf(this.#logPath);
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

  /**
   * Takes our log away from a file that is not ours: the next start would read it as that file's own, and damage it.
   * What is open goes on being written.
   */
  withdrawLog(): void {
    if (this.log() === undefined) rmSync(this.#logPath, { force: true });
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

/** Undefined where nothing is there, or nothing that can be looked at. */
function identityOf(path: string): Identity | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
