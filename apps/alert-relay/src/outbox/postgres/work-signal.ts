// Tells the relays of one store of each other's work: NOTIFY wakes them, and a look now and then makes sure. Through
// PgBouncer in transaction mode LISTEN hears nothing, which only makes it slower; nothing else of this room rests on
// what a connection remembers.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import type { Database } from './database.js';
import { backoffMs, readSignal, signalOf } from './signal-text.js';

/** Whoever listens is called so often even where nothing was heard. Milliseconds. */
const POLL_MS = 30_000;
/** Whether the connection lives is asked so often, and the answer is waited for so long. Milliseconds. */
const HEARTBEAT_MS = 10_000;
const HEARTBEAT_LIMIT_MS = 5_000;
/** What is stored within this time is told with one NOTIFY. Milliseconds. */
const GATHER_MS = 50;

export type WorkListener = (channels: ReadonlySet<string> | undefined) => void;

export class WorkSignal {
  readonly #db: Database;
  /** Tells our own signals from others'. */
  readonly #me = randomUUID();
  readonly #stop = new AbortController();
  #gathered = new Set<string>();
  #sending: NodeJS.Timeout | undefined;
  #listening: Promise<void> | undefined;
  #listeners: WorkListener[] = [];
  #poll: NodeJS.Timeout | undefined;

  constructor(db: Database) {
    this.#db = db;
    db.onBack(() => this.tell(undefined));
  }

  /** Others shall look for these channels. Never fails: they look now and then anyhow. */
  send(channels: readonly string[]): void {
    if (channels.length === 0 || this.#stop.signal.aborted) return;
    for (const channel of channels) this.#gathered.add(channel);
    this.#sending ??= setTimeout(() => void this.flush(), GATHER_MS);
  }

  async flush(): Promise<void> {
    clearTimeout(this.#sending);
    this.#sending = undefined;
    const channels = this.#gathered;
    if (channels.size === 0) return;
    this.#gathered = new Set();
    await this.#db
      .read('wake other relays', 'SELECT pg_notify($1, $2)', [this.#db.place.schema, signalOf(this.#me, channels)])
      .catch(() => undefined);
  }

  onWork(listener: WorkListener): void {
    this.#listeners.push(listener);
    this.#poll ??= setInterval(() => this.tell(undefined), POLL_MS).unref();
    this.#listening ??= this.#listen();
  }

  tell(channels: ReadonlySet<string> | undefined): void {
    for (const listener of this.#listeners) listener(channels);
  }

  async close(): Promise<void> {
    this.#listeners = [];
    clearInterval(this.#poll);
    await this.flush();
    this.#stop.abort();
    await this.#listening;
  }

  async #listen(): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; failures += 1) {
      const client = new Client({ ...this.#db.place.client, application_name: 'alert-relay listen', pipeline: false });
      client.on('error', () => undefined);
      const ended = new Promise<void>((resolve) => {
        client.once('end', resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      try {
        await client.connect();
        client.on('notification', ({ payload }) => {
          const heard = readSignal(payload, this.#me);
          if (heard !== 'ours') this.tell(heard);
        });
        await client.query(`LISTEN "${this.#db.place.schema}"`);
        // What was told while nobody listened was not heard.
        this.tell(undefined);
        failures = 0;
        await this.#whileAlive(client, ended);
      } catch {
        // It is tried again: until then the look now and then must do.
      }
      await client.end().catch(() => undefined);
      await pause(backoffMs(failures), undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Resolves when the connection, or the wish for it, has ended; rejects where the server does not answer. */
  async #whileAlive(client: Client, ended: Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      const isOver = await Promise.race([
        ended.then(() => true),
        pause(HEARTBEAT_MS, false, { signal, ref: false }).catch(() => true),
      ]);
      if (isOver) return;
      await client.query({ text: 'SELECT 1', query_timeout: HEARTBEAT_LIMIT_MS } as { text: string });
    }
  }
}
