// `alert-relay dead`: lists, replays or discards dead letters; through the running relay, or in the store itself where
// none runs.
import { shownName } from '@celery-watch/service';
import { replayToKnown, type DeadFilter, type DeadLetter } from '../outbox/index.js';
import type { RelayConfig } from '../config/config.js';
import { CommandError, type Arguments } from './arguments.js';
import { inLine } from './printed.js';
import { reach, type AskedRelay, type Ways } from './reach.js';
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
  const work = async (store: DeadLetterStore): Promise<void> => {
    if (action === 'list') process.stdout.write(listing(await store.list(filter)));
    else if (action === 'replay') process.stdout.write(`${await store.replay(filter, given.to)} back in the queue\n`);
    else process.stdout.write(`${await store.discard(filter)} discarded\n`);
  };
  await reach(config, given.config, ways(config, work));
}

/** How the dead letters are reached. */
function ways(config: RelayConfig, work: (store: DeadLetterStore) => Promise<void>): Ways<void> {
  return {
    relay: (relay) => work(deadLettersOfRelay(relay)),
    store: ({ outbox, clock }) =>
      work({
        list: (filter) => outbox.listDead(filter, LISTED),
        replay: async (filter, to) => {
          const names = config.channels.map(({ name }) => name);
          const replay = await replayToKnown(outbox, filter, names, clock.now(), to);
          if (replay.kind === 'refused') throw new CommandError(replay.why);
          return replay.count;
        },
        discard: (filter) => outbox.discardDead(filter),
      }),
  };
}

function deadLettersOfRelay(relay: AskedRelay): DeadLetterStore {
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
      return (await relay.ask(`/-/dead?${query.toString()}`)) as readonly DeadLetter[];
    },
    replay: async (filter, to) =>
      (
        (await relay.ask('/-/dead/replay', { ...wire(filter), ...(to !== undefined && { to }) })) as {
          replayed: number;
        }
      ).replayed,
    discard: async (filter) => ((await relay.ask('/-/dead/discard', wire(filter))) as { discarded: number }).discarded,
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
        `${attempts === 1 ? 'attempt' : 'attempts'}  ${inLine(names)} (${counts}, accepted ` +
        `${new Date(acceptedAt).toISOString()})${detail === '' ? '' : `\n    ${inLine(detail)}`}\n`
      );
    })
    .join('');
}
