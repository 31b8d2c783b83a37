// `alert-relay quarantine`: posts that could not be read, to look at, to take again, or to throw away; through the
// running relay, or in the store itself where none runs.
import { createLog, HttpRefusals, isRecord } from '@celery-watch/service';
import { Acceptor } from '../accept/acceptor.js';
import { feedAgain, type Fed } from '../accept/feed-again.js';
import { DEFAULT_WATCHDOG, type RelayConfig } from '../config/config.js';
import { RelayMetrics } from '../metrics/relay-metrics.js';
import type { OutboxWithClock, QuarantinedPost } from '../outbox/index.js';
import { CommandError, type Arguments } from './arguments.js';
import { aligned, counted, inLine, timeText } from './printed.js';
import { reach } from './reach.js';
import { loadConfig } from './run.js';

const LISTED = 1_000;

export async function quarantine(given: Arguments): Promise<void> {
  const [, action = 'list'] = given.command.split(' ');
  if (action === 'list') return list(given);
  if (action === 'show') return show(given);
  if (given.id === undefined && !given.all) throw new CommandError(`quarantine ${action}: say which: --id N or --all`);
  return action === 'feed' ? feed(given) : discard(given);
}

async function list(given: Arguments): Promise<void> {
  const posts = await reach(loadConfig(given), given.config, {
    relay: async (relay) => {
      const answer = await relay.ask('/-/quarantine');
      if (!Array.isArray(answer)) throw new CommandError('the relay that answers is of another version');
      return answer as readonly QuarantinedPost[];
    },
    store: ({ outbox }) => outbox.listQuarantine(LISTED),
  });
  if (given.json) process.stdout.write(posts.map((post) => `${JSON.stringify(post)}\n`).join(''));
  else process.stdout.write(listing(posts));
}

export function listing(posts: readonly QuarantinedPost[]): string {
  if (posts.length === 0) return 'Nothing is in quarantine.\n';
  return aligned([
    ['ID', 'CAME', 'BYTES', 'WHY IT WAS NOT TAKEN'],
    ...posts.map(({ id, at, bytes, reason }) => [id, timeText(at), bytes, inLine(reason, 200)]),
  ]);
}

async function show(given: Arguments): Promise<void> {
  const { number } = given;
  const content = await reach(loadConfig(given), given.config, {
    relay: (relay) => relay.bytes(`/-/quarantine/${number}`),
    store: async ({ outbox }) => (await outbox.quarantined(number))?.content,
  });
  if (content === undefined) throw new CommandError('there is no such post in quarantine, or not any more');
  process.stdout.write(content);
}

async function feed(given: Arguments): Promise<void> {
  const config = loadConfig(given);
  const fed = await reach(config, given.config, {
    relay: async (relay) => {
      const answer = await relay.ask('/-/quarantine/feed', which(given));
      if (!Array.isArray(answer)) throw new CommandError('the relay that answers is of another version');
      return answer as readonly Fed[];
    },
    store: async (store) => {
      const ids = given.id ?? (await store.outbox.listQuarantine(LISTED)).map(({ id }) => id);
      return feedInStore(config, store, ids);
    },
  });
  if (fed.length === 0) process.stdout.write('Nothing is in quarantine.\n');
  process.stdout.write(fed.map((each) => `${outcomeText(each)}\n`).join(''));
  if (fed.some(({ outcome }) => outcome !== 'accepted')) process.exitCode = 1;
}

export function outcomeText(fed: Fed): string {
  switch (fed.outcome) {
    case 'accepted':
      return `${fed.id}: accepted${fed.channels.length === 0 ? ', and nothing in it is news' : ` for ${fed.channels.join(', ')}`}`;
    case 'unreadable':
      return `${fed.id}: still cannot be read, and stays: it is ${inLine(fed.why, 200)}`;
    case 'unavailable':
      return `${fed.id}: could not be taken, and stays: ${inLine(fed.why, 200)}`;
    case 'unknown':
      return `${fed.id}: not in quarantine`;
  }
}

/** What is told waits in the store for the relay's next start. */
async function feedInStore(
  { route, dedup, watchdog }: RelayConfig,
  { outbox, clock: { now } }: OutboxWithClock,
  ids: readonly number[],
): Promise<readonly Fed[]> {
  const log = createLog({ level: 'error', name: 'alert-relay' });
  const acceptor = new Acceptor({
    inbox: outbox,
    metrics: new RelayMetrics(log, now, new HttpRefusals(log)),
    log,
    now,
    policy: () => ({ route, dedup, watchdog: watchdog?.alertname ?? DEFAULT_WATCHDOG }),
    onStored: () => undefined,
    onWatchdog: () => undefined,
  });
  return feedAgain({ acceptor, store: outbox, now }, ids);
}

async function discard(given: Arguments): Promise<void> {
  const count = await reach(loadConfig(given), given.config, {
    relay: async (relay) => {
      const answer = await relay.ask('/-/quarantine/discard', which(given));
      return isRecord(answer) ? Number(answer['discarded']) : 0;
    },
    store: async ({ outbox }) =>
      outbox.dropQuarantined(given.id ?? (await outbox.listQuarantine(LISTED)).map(({ id }) => id)),
  });
  process.stdout.write(`${counted(count, 'post')} thrown away\n`);
}

function which({ id }: Arguments): Readonly<Record<string, unknown>> {
  return id === undefined ? { all: true } : { id };
}
