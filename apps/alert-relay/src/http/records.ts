// What an operator may ask of the relay's records, its history and its quarantine: plain functions from a request to an
// answer, whoever carries them.
import { isRecord } from '@celery-watch/service';
import { feedAgain } from '../accept/feed-again.js';
import type { Acceptor } from '../accept/acceptor.js';
import { readHistoryQuery, wholeOf, type GivenQuery, type Outbox } from '../outbox/index.js';

export interface RecordRequest {
  /** What stands in the place of `:id`; absent where the path has none. */
  readonly id?: string;
  /** Each value is a text, or a list of texts where the key stands several times. */
  readonly query: GivenQuery;
  /** The JSON of a body that is application/json; undefined for any other. */
  readonly body: unknown;
}

export interface RecordAnswer {
  readonly status: 200 | 400 | 404 | 503;
  /** Its Content-Type. */
  readonly type: string;
  readonly body: string | Uint8Array;
  /** Why it was refused, for the log and the count of refusals. */
  readonly refused?: string;
}

export interface RecordRoute {
  readonly method: 'GET' | 'POST';
  /** As Express writes it. */
  readonly path: string;
  readonly handle: (request: RecordRequest) => Promise<RecordAnswer>;
}

export interface RecordDependencies {
  readonly outbox: Outbox;
  readonly acceptor: Acceptor;
  readonly now: () => number;
}

/** All of them want the login of the configuration. */
export function recordRoutes(deps: RecordDependencies): readonly RecordRoute[] {
  return [...historyRoutes(deps), ...quarantineRoutes(deps)];
}

function historyRoutes({ outbox }: RecordDependencies): readonly RecordRoute[] {
  return [
    {
      method: 'GET',
      path: '/-/history',
      handle: async ({ query }) => {
        const read = readHistoryQuery(query);
        if (!read.ok) return refusal(400, `wanted ${read.why}`, 'a request for the history is not understood');
        const { filter, limit, before } = read.query;
        return json(await outbox.history(filter, limit, before));
      },
    },
    {
      method: 'GET',
      path: '/-/history/:id',
      handle: async ({ id = '' }) => {
        const number = wholeOf(id);
        const record = number === undefined ? undefined : await outbox.historyOf(number);
        return record === undefined ? refusal(404, 'there is no such delivery, or not any more') : json(record);
      },
    },
  ];
}

function quarantineRoutes(deps: RecordDependencies): readonly RecordRoute[] {
  const { outbox, acceptor, now } = deps;
  return [
    {
      method: 'GET',
      path: '/-/quarantine',
      handle: async () => json(await outbox.listQuarantine(1_000)),
    },
    {
      method: 'GET',
      path: '/-/quarantine/:id',
      handle: async ({ id = '' }) => {
        const number = wholeOf(id);
        const post = number === undefined ? undefined : await outbox.quarantined(number);
        if (post === undefined) return refusal(404, 'there is no such post in quarantine, or not any more');
        return { status: 200, type: 'application/octet-stream', body: post.content };
      },
    },
    {
      method: 'POST',
      path: '/-/quarantine/feed',
      handle: async ({ body }) => {
        const ids = await quarantinedIds(outbox, body);
        return ids === undefined ? WHICH_POSTS : json(await feedAgain({ acceptor, store: outbox, now }, ids));
      },
    },
    {
      method: 'POST',
      path: '/-/quarantine/discard',
      handle: async ({ body }) => {
        const ids = await quarantinedIds(outbox, body);
        return ids === undefined ? WHICH_POSTS : json({ discarded: await outbox.dropQuarantined(ids) });
      },
    },
  ];
}

function json(value: unknown): RecordAnswer {
  return { status: 200, type: 'application/json; charset=utf-8', body: JSON.stringify(value) };
}

function refusal(status: 400 | 404, error: string, refused?: string): RecordAnswer {
  return {
    ...json({ status: 'refused', error }),
    status,
    ...(refused !== undefined && { refused }),
  };
}

const WHICH_POSTS = refusal(
  400,
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
  const ids = [id].flat().map(Number);
  return ids.every(Number.isSafeInteger) ? ids : 'wrong';
}
