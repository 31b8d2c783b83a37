// What an operator may ask of the relay's records, its history and its quarantine: plain functions from a request to an
// answer, whoever carries them.
import { isRecord } from '@celery-watch/service';
import { feedAgain } from '../accept/feed-again.js';
import type { Acceptor } from '../accept/acceptor.js';
import { readHistoryQuery, wholeOf, type Outbox } from '../outbox/index.js';
import { declined, FOR_RECORDS, record, refusal, type CorePaths } from './core-paths.js';

export interface RecordDependencies {
  readonly outbox: Outbox;
  readonly acceptor: Acceptor;
  readonly now: () => number;
}

/** All of them want the login of the configuration. */
export function recordPaths(deps: RecordDependencies): CorePaths {
  return { ...historyPaths(deps), ...quarantinePaths(deps) };
}

function historyPaths({ outbox }: RecordDependencies): CorePaths {
  return {
    'GET /-/history': async ({ query }) => {
      const read = readHistoryQuery(query);
      if (!read.ok) return refusal(`wanted ${read.why}`, 'a request for the history is not understood');
      const { filter, limit, before } = read.query;
      return record(await outbox.history(filter, limit, before));
    },
    'GET /-/history/:id': async ({ id }) => {
      const number = wholeOf(id);
      const found = number === undefined ? undefined : await outbox.historyOf(number);
      return found === undefined ? declined(404, 'there is no such delivery, or not any more') : record(found);
    },
  };
}

function quarantinePaths(deps: RecordDependencies): CorePaths {
  const { outbox, acceptor, now } = deps;
  return {
    'GET /-/quarantine': async () => record(await outbox.listQuarantine(1_000)),
    'GET /-/quarantine/:id': async ({ id }) => {
      const number = wholeOf(id);
      const post = number === undefined ? undefined : await outbox.quarantined(number);
      if (post === undefined) return declined(404, 'there is no such post in quarantine, or not any more');
      return {
        status: 200,
        headers: { 'content-type': 'application/octet-stream', ...FOR_RECORDS },
        body: post.content,
      };
    },
    'POST /-/quarantine/feed': async ({ body }) => {
      const ids = await quarantinedIds(outbox, body);
      return ids === undefined ? WHICH_POSTS : record(await feedAgain({ acceptor, store: outbox, now }, ids));
    },
    'POST /-/quarantine/discard': async ({ body }) => {
      const ids = await quarantinedIds(outbox, body);
      return ids === undefined ? WHICH_POSTS : record({ discarded: await outbox.dropQuarantined(ids) });
    },
  };
}

const WHICH_POSTS = refusal(
  'say which posts, as application/json: {"id": [1, 2]} or {"all": true}',
  'a request does not say which posts in quarantine, as application/json',
);

/** Those that are meant; undefined where the request does not say so. */
async function quarantinedIds(outbox: Outbox, given: unknown): Promise<readonly number[] | undefined> {
  const { id, all } = isRecord(given) ? given : {};
  const ids = idsOf(id);
  if (ids === 'wrong') return undefined;
  if (ids !== undefined) return ids;
  return all === true ? (await outbox.listQuarantine(1_000)).map((post) => post.id) : undefined;
}

function idsOf(id: unknown): readonly number[] | undefined | 'wrong' {
  if (id === undefined) return undefined;
  const ids = [id].flat();
  return ids.every((each): each is number => Number.isSafeInteger(each)) ? ids : 'wrong';
}
