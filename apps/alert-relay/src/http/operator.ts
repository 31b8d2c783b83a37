// What an operator may ask of a running relay: one function for each path, from a plain request to a plain answer.
import { problemsText, type Problem } from '@celery-watch/service';
import { replayToKnown, type DeadFilter, type Outbox } from '../outbox/index.js';
import { declined, json, record, refusal, text, type CorePaths, type Reply } from './core-paths.js';

export interface OperatorDependencies {
  readonly outbox: Outbox;
  readonly reload: () => Promise<readonly Problem[]>;
  /** Wakes the workers of these channels; undefined: all. */
  readonly wake: (channels?: ReadonlySet<string>) => void;
  /** The channels of the configuration. */
  readonly channels: () => readonly string[];
  readonly now: () => number;
}

const WHICH = 'say which dead letters, as application/json: {"id": [1, 2]}, {"channel": "name"} or {"all": true}';

/** All of them begin with `/-/`: that is where a login is asked for. */
export function operatorPaths({ outbox, reload, wake, now, channels }: OperatorDependencies): CorePaths {
  return {
    'POST /-/reload': async () => {
      const problems = await reload();
      return problems.length === 0
        ? text(200, 'reloaded\n')
        : text(400, `nothing was changed:\n${problemsText(problems)}\n`);
    },
    'GET /-/dead': async ({ query }) => {
      const limit = Math.trunc(Number(query['limit'] ?? 100));
      const letters = await outbox.listDead(filterOf(query) ?? {}, limit >= 1 && limit <= 1_000 ? limit : 100);
      return record(letters);
    },
    'POST /-/dead/replay': async ({ body }): Promise<Reply> => {
      const filter = filterOf(body);
      if (filter === undefined) return refusal(WHICH);
      const replay = await replayToKnown(outbox, filter, channels(), now(), textOf((body as { to?: unknown }).to));
      wake();
      return replay.kind === 'replayed' ? json(200, { replayed: replay.count }) : declined(400, replay.why);
    },
    'POST /-/dead/discard': async ({ body }): Promise<Reply> => {
      const filter = filterOf(body);
      return filter === undefined ? refusal(WHICH) : json(200, { discarded: await outbox.discardDead(filter) });
    },
  };
}

/**
 * Which dead letters are meant; undefined where the request does not say so in a way that is understood: then nothing
 * may be done to any.
 */
function filterOf(given: unknown): DeadFilter | undefined {
  const { id, channel, all } = (given ?? {}) as { id?: unknown; channel?: unknown; all?: unknown };
  const ids = id === undefined ? undefined : [id].flat().map(Number);
  if (ids?.every(Number.isSafeInteger) === false || (channel !== undefined && textOf(channel) === undefined))
    return undefined;
  if (ids === undefined && channel === undefined) return all === true ? {} : undefined;
  return { ...(ids !== undefined && { ids }), ...(typeof channel === 'string' && { channel }) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
