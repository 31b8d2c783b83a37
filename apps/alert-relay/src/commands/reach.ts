// How a command reaches what a relay keeps: it asks the running relay, or opens the store itself where none runs.
import { existsSync } from 'node:fs';
import type { TlsPlan } from '@celery-watch/service';
import { openOutbox, withSteadyTime, type OutboxWithClock } from '../outbox/index.js';
import type { Auth, RelayConfig } from '../config/config.js';
import { shownPlace } from '../settings/store-place.js';
import { CommandError } from './arguments.js';
import { askOwnRelay, StrangeCertificate } from './own-relay.js';
import { PATIENCE_MS, refusalOf, silenceOf } from './relay-answer.js';

/** A relay that runs. What it refuses is a CommandError. */
export interface AskedRelay {
  /** The JSON of its answer; `body` makes it a post. */
  ask(path: string, body?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Its answer as it is. */
  bytes(path: string): Promise<Uint8Array>;
}

export interface Ways<T> {
  readonly relay: (relay: AskedRelay) => Promise<T>;
  readonly store: (store: OutboxWithClock) => Promise<T>;
}

/** `file`: the configuration, as messages name it. */
export async function reach<T>(config: RelayConfig, file: string, ways: Ways<T>): Promise<T> {
  const url = urlOf(config);
  const { tls } = config.web.config;
  if (await answers(url, tls)) {
    process.stderr.write(`-- asked the relay at ${url}\n`);
    return ways.relay(askedRelay(url, config, file));
  }
  const { place } = config.storage;
  if (place.kind === 'sqlite') checkFile(place.path, url);
  process.stderr.write(`-- no relay answers at ${url}: reading ${shownPlace(place)}\n`);
  const store = await openOutbox(place).catch((error: unknown) => {
    throw new CommandError((error as Error).message);
  });
  try {
    return await ways.store(await withSteadyTime(store));
  } finally {
    await store.close();
  }
}

function checkFile(path: string, url: string): void {
  if (path === ':memory:')
    throw new CommandError(`no relay answers at ${url}, and its store is in memory: it ended with the relay`);
  if (!existsSync(path))
    throw new CommandError(
      `no relay answers at ${url}, and there is no store at ${path}: is this the configuration of the relay that you mean?`,
    );
}

function askedRelay(url: string, { auth, web }: RelayConfig, config: string): AskedRelay {
  const asked = { url, config, hasAuth: auth.kind !== 'none' };
  const bytes = async (path: string, body?: Readonly<Record<string, unknown>>): Promise<Uint8Array> => {
    const headers = { ...authorization(auth), ...(body && { 'content-type': 'application/json' }) };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const request = body
      ? { method: 'POST' as const, headers, signal, body: JSON.stringify(body) }
      : { headers, signal };
    const answer = await askOwnRelay(`${url}${path}`, web.config.tls, request).catch((error: unknown) => {
      throw new CommandError(silenceOf(asked, error));
    });
    if (answer.status !== 200) throw new CommandError(refusalOf(asked, answer.status, answer.body.toString()));
    return answer.body;
  };
  return {
    bytes: (path) => bytes(path),
    ask: async (path, body) => {
      const text = Buffer.from(await bytes(path, body)).toString();
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw new CommandError(refusalOf(asked, 200, ''));
      }
    },
  };
}

function urlOf({ listen: { host, port }, web }: RelayConfig): string {
  const name =
    host === undefined || host === '' || host === '0.0.0.0'
      ? '127.0.0.1'
      : host === '::'
        ? '[::1]'
        : host.includes(':')
          ? `[${host}]`
          : host;
  return `${web.config.tls === undefined ? 'http' : 'https'}://${name}:${port}`;
}

async function answers(url: string, tls: TlsPlan | undefined): Promise<boolean> {
  try {
    await askOwnRelay(`${url}/healthz`, tls, { signal: AbortSignal.timeout(2_000) });
    return true;
  } catch (error) {
    // Something is there, and the store is not to be opened beside it.
    return error instanceof StrangeCertificate;
  }
}

function authorization(auth: Auth): Record<string, string> {
  if (auth.kind === 'none') return {};
  const credentials =
    auth.kind === 'bearer'
      ? `Bearer ${auth.token.reveal()}`
      : `Basic ${Buffer.from(`${auth.username}:${auth.password.reveal()}`).toString('base64')}`;
  return { authorization: credentials };
}
