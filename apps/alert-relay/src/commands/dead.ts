// `alert-relay dead`: lists, replays or discards dead letters; through the running relay, or in the store itself where
// none runs.
import { existsSync } from 'node:fs';
import { shownName } from '@celery-watch/service';
import { openOutbox, replayToKnown, withSteadyTime, type DeadFilter, type DeadLetter } from '../outbox/index.js';
import type { Auth, RelayConfig } from '../config/config.js';
import { shownPlace } from '../settings/store-place.js';
import { CommandError, type Arguments } from './arguments.js';
import { refusalOf, silenceOf } from './relay-answer.js';
import { loadConfig } from './run.js';

const LISTED = 1_000;

/** Where the dead letters are: in the running relay, or in the store itself. */
interface DeadLetterStore {
  list(filter: DeadFilter): Promise<readonly DeadLetter[]>;
  replay(filter: DeadFilter, to: string | undefined): Promise<number>;
  discard(filter: DeadFilter): Promise<number>;
}

export async function dead(given: Arguments): Promise<void> {
  const [, action = 'list'] = given.command.split(' ');
  const filter: DeadFilter = {
    ...(given.id !== undefined && { ids: given.id }),
    ...(given.channel !== undefined && { channel: given.channel }),
  };
  if (action !== 'list' && Object.keys(filter).length === 0 && !given.all)
    throw new CommandError(`dead ${action}: say which: --id N, --channel NAME or --all`);
  const config = loadConfig(given);
  if (given.to !== undefined && !config.channels.some(({ name }) => name === given.to))
    throw new CommandError(
      `--to is "${shownName(given.to)}", wanted one of ${config.channels.map(({ name }) => name).join(', ')}`,
    );
  await withDeadLetters(config, given.config, async (store) => {
    if (action === 'list') process.stdout.write(listing(await store.list(filter)));
    else if (action === 'replay') process.stdout.write(`${await store.replay(filter, given.to)} back in the queue\n`);
    else process.stdout.write(`${await store.discard(filter)} discarded\n`);
  });
}

async function withDeadLetters(
  config: RelayConfig,
  file: string,
  work: (store: DeadLetterStore) => Promise<void>,
): Promise<void> {
  const url = urlOf(config);
  if (await answers(url)) {
    process.stderr.write(`-- asked the relay at ${url}\n`);
    return work(deadLettersOfRelay(url, config.auth, file));
  }
  const { place } = config.storage;
  if (place.kind === 'sqlite') checkFile(place.path, url);
  process.stderr.write(`-- no relay answers at ${url}: reading ${shownPlace(place)}\n`);
  const store = await openOutbox(place).catch((error: unknown) => {
    throw new CommandError((error as Error).message);
  });
  const { outbox, clock } = await withSteadyTime(store);
  try {
    await work({
      list: (filter) => outbox.listDead(filter, LISTED),
      replay: async (filter, to) => {
        const names = config.channels.map(({ name }) => name);
        const replay = await replayToKnown(outbox, filter, names, clock.now(), to);
        if (replay.kind === 'refused') throw new CommandError(replay.why);
        return replay.count;
      },
      discard: (filter) => outbox.discardDead(filter),
    });
  } finally {
    await outbox.close();
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

function deadLettersOfRelay(url: string, auth: Auth, config: string): DeadLetterStore {
  const ask = async (path: string, body?: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const headers = { ...authorization(auth), ...(body && { 'content-type': 'application/json' }) };
    const asked = { url, config };
    const request = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers };
    const answer = await fetch(`${url}${path}`, request)
      .then(async (response) => ({ status: response.status, ok: response.ok, text: await response.text() }))
      .catch((error: unknown) => {
        throw new CommandError(silenceOf(asked, error));
      });
    if (!answer.ok) throw new CommandError(refusalOf(asked, answer.status, answer.text));
    try {
      return JSON.parse(answer.text) as unknown;
    } catch {
      throw new CommandError(refusalOf(asked, answer.status, ''));
    }
  };
  const wire = ({ ids, channel }: DeadFilter): Record<string, unknown> => ({
    ...(ids && { id: ids }),
    ...(channel !== undefined && { channel }),
    ...(ids === undefined && channel === undefined && { all: true }),
  });
  return {
    list: async ({ ids = [], channel }) => {
      const query = new URLSearchParams([
        ...ids.map((id) => ['id', String(id)]),
        ...(channel === undefined ? [] : [['channel', channel]]),
        ['limit', String(LISTED)],
      ]);
      return (await ask(`/-/dead?${query.toString()}`)) as readonly DeadLetter[];
    },
    replay: async (filter, to) =>
      ((await ask('/-/dead/replay', { ...wire(filter), ...(to !== undefined && { to }) })) as { replayed: number })
        .replayed,
    discard: async (filter) => ((await ask('/-/dead/discard', wire(filter))) as { discarded: number }).discarded,
  };
}

function listing(letters: readonly DeadLetter[]): string {
  if (letters.length === 0) return 'No dead letters.\n';
  return letters
    .map(({ id, channel, alerts, changes, acceptedAt, reason, detail, attempts, diedAt }) => {
      const named = alerts.reduce((sum, { count }) => sum + count, 0);
      const names = [...alerts.map(({ name }) => name), ...(named < changes ? ['…'] : [])].join(', ');
      const counts = `${changes} ${changes === 1 ? 'change' : 'changes'}`;
      return (
        `${id}  ${new Date(diedAt).toISOString()}  ${channel}  ${reason} after ${attempts} ` +
        `${attempts === 1 ? 'attempt' : 'attempts'}  ${names} (${counts}, accepted ` +
        `${new Date(acceptedAt).toISOString()})${detail === '' ? '' : `\n    ${detail}`}\n`
      );
    })
    .join('');
}

function urlOf({ listen: { host, port } }: RelayConfig): string {
  const name =
    host === undefined || host === '' || host === '0.0.0.0'
      ? '127.0.0.1'
      : host === '::'
        ? '[::1]'
        : host.includes(':')
          ? `[${host}]`
          : host;
  return `http://${name}:${port}`;
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) });
    return true;
  } catch {
    return false;
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
