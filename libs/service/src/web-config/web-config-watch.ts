// Looks every few seconds whether the web configuration file, or a certificate or key that it names, has changed. A new
// one that cannot be used changes nothing: the old one stays in force, and the reason is told once.
import { readFile } from 'node:fs/promises';
import type { Log } from '../log.js';
import type { Problem } from '../options/problem.js';
import { digestOf, readWebConfig, type WebConfigSources } from './read-web-config.js';
import { locksTakenAway } from './locks.js';
import { certificateIn } from './tls-material.js';
import type { WebConfig } from './web-config.js';

export interface WebConfigWatchParts extends WebConfigSources {
  readonly log: Pick<Log, 'info' | 'error' | 'warn'>;
  /** As it is at the start. */
  readonly first: WebConfig;
  /** Puts it in force. May throw: then the old one is. */
  readonly use: (config: WebConfig) => void;
}

const LOOK_MS = 3_000;

export class WebConfigWatch {
  readonly #parts: WebConfigWatchParts;
  #config: WebConfig;
  #files: readonly string[];
  #digest: string;
  /** A change that could not be used; a key and its certificate are seldom replaced in the same moment. */
  #suspected = '';
  #isGood = true;
  #looking: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: WebConfigWatchParts) {
    this.#parts = parts;
    this.#config = parts.first;
    const { files, digest } = readWebConfig(parts);
    this.#files = files;
    this.#digest = digest;
  }

  /** Whether the files, as they were last read, are in force. */
  get isGood(): boolean {
    return this.#isGood;
  }

  /** When the certificate in force expires, in milliseconds; undefined: there is none. */
  get expiresAt(): number | undefined {
    const { tls } = this.#config;
    return tls && certificateIn(tls.cert)?.expiresAt;
  }

  begin(): void {
    this.#timer = setInterval(() => {
      this.look().catch((error: unknown) => {
        this.#parts.log.error({ err: error }, 'the web configuration could not be looked at');
      });
    }, LOOK_MS).unref();
  }

  close(): Promise<unknown> {
    clearInterval(this.#timer);
    return this.#looking;
  }

  /**
   * @param isAsked somebody waits for it: what cannot be used is told at once, and what opens a door is taken, which
   * nothing else may do
   */
  look(isAsked = false): Promise<readonly Problem[]> {
    const next = this.#looking.then(() => this.#look(isAsked));
    // One that fails is no reason to look never again.
    this.#looking = next.catch(() => undefined);
    return next;
  }

  async #look(isAsked: boolean): Promise<readonly Problem[]> {
    const { file, readFile: read, log, use } = this.#parts;
    const texts = await Promise.all(this.#files.map((name) => readFile(name, 'utf8').catch(() => undefined)));
    if (digestOf(texts) === this.#digest && (this.#isGood || !isAsked)) return [];
    const { files, digest, result } = readWebConfig({ file, readFile: read });
    const opened = result.ok && !isAsked ? this.#opening(result.config) : [];
    const problems = !result.ok ? result.problems : opened.length > 0 ? opened : this.#try(result.config, use);
    if (problems.length > 0 && !isAsked && this.#suspected !== digest) {
      this.#suspected = digest;
      return problems;
    }
    this.#files = files;
    this.#digest = digest;
    this.#isGood = problems.length === 0;
    if (problems.length > 0)
      log.error({ file, problems }, 'the web configuration was not taken: the one before stays in force');
    else {
      if (result.ok) for (const notice of result.notices) log.warn(notice);
      const until = this.expiresAt;
      log.info(
        { file, ...(until !== undefined && { certificateUntil: new Date(until).toISOString() }) },
        'the web configuration was read again',
      );
    }
    return problems;
  }

  /** Most likely somebody is still writing the file, or could not write it to its end. */
  #opening(next: WebConfig): readonly Problem[] {
    return locksTakenAway(this.#config, next).map((key) => ({
      key,
      where: this.#parts.file,
      wanted: 'as much of it as is in force: without it more could come in',
      fix: 'write it again; or, if that is meant, restart the program or ask it to read the file (SIGHUP)',
    }));
  }

  #try(config: WebConfig, use: WebConfigWatchParts['use']): readonly Problem[] {
    try {
      use(config);
      this.#config = config;
      return [];
    } catch (error) {
      return [
        {
          key: 'web_config_file',
          where: this.#parts.file,
          wanted: `one that can be used: ${(error as Error).message}`,
        },
      ];
    }
  }
}
