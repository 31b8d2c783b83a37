// History and quarantine as they are asked for over HTTP; and that what is fed again is never lost.
import { describe, expect, it } from '@jest/globals';
import { alert, bench, group, NOW } from '../accept/testing.js';
import { StoreUnavailable, writeHistoryQuery, type HistoryEntry, type HistoryFilter } from '../outbox/index.js';
import type { CoreAnswer } from './core.js';
import { answerFrom } from './core-paths.js';
import { recordPaths } from './records.js';

function served(relay = bench()) {
  const paths = recordPaths({ ...relay, now: () => relay.clock.now });
  const refused: string[] = [];
  const refusals = { add: (_reason: string, message: string) => void refused.push(message) };
  const ask = (line: string, body?: unknown): Promise<CoreAnswer> => {
    const [method = '', path = '', query = ''] = line.split(/[ ?]/);
    const values = Map.groupBy(new URLSearchParams(query), ([key]) => key);
    const read = Object.fromEntries([...values].map(([key, all]) => [key, all.map(([, value]) => value)]));
    const sent = body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) };
    return answerFrom(paths, { method, path, query: read, shown: {}, ...sent }, refusals);
  };
  return { ...relay, ask, refused };
}

const jsonOf = ({ body }: CoreAnswer): unknown => JSON.parse(Buffer.from(body).toString());

describe('the history', () => {
  it('gives what a filter means that went through a URL', async () => {
    const { ask, post, told } = served();
    await post(group(alert('A', { team: 'a', q: 'x=y&z' })));
    await post({ ...group(alert('B', { team: 'b' })), groupKey: 'h' });
    await told('a');
    const ids = async (filter: HistoryFilter): Promise<unknown> =>
      (jsonOf(await ask(`GET /-/history?${writeHistoryQuery({ filter, limit: 10 })}`)) as HistoryEntry[]).map(
        ({ channel, state }) => `${channel} ${state}`,
      );
    expect(await ids({})).toEqual(['b waiting', 'a delivered']);
    expect(await ids({ labels: { q: 'x=y&z', alertname: 'A' } })).toEqual(['a delivered']);
    expect(await ids({ states: ['waiting', 'dead'] })).toEqual(['b waiting']);
    expect(await ids({ channel: 'a' })).toEqual(['a delivered']);
    expect(await ids({ since: NOW + 1 })).toEqual([]);
    expect(await ids({ until: NOW })).toEqual([]);
    const [first] = jsonOf(await ask('GET /-/history?limit=1')) as HistoryEntry[];
    const next = await ask(`GET /-/history?limit=1&before=${first?.id ?? 0},${first?.acceptedAt ?? 0}`);
    expect(jsonOf(next)).toMatchObject([{ channel: 'a' }]);
    expect(jsonOf(await ask('GET /-/history?alert=B'))).toMatchObject([{ channel: 'b' }]);
    expect(jsonOf(await ask(`GET /-/history/${first?.id ?? ''}`))).toMatchObject({
      notification: { changes: [{ labels: { alertname: 'B' } }] },
      sends: [],
    });
  });

  it.each([
    'limit=0',
    'limit=1001',
    'since=tomorrow',
    'state=lost',
    'label=x',
    'before=1',
    'channel=',
    'since=1&since=2',
    'colour=s3cr3t',
  ])('refuses %s with what was wanted, and shows nothing that was given', async (query) => {
    const answer = await served().ask(`GET /-/history?${query}`);
    expect([answer.status, jsonOf(answer)]).toEqual([
      400,
      { status: 'refused', error: expect.stringMatching(/^wanted /) },
    ]);
    expect(JSON.stringify(answer)).not.toContain('s3cr3t');
  });

  it.each(['', 'x', '-1', '99', '1e3'])('of "%s" is not there', async (id) => {
    expect((await served().ask(`GET /-/history/${id}`)).status).toBe(404);
  });
});

describe('the quarantine', () => {
  const brokenPost = '{"alerts": [';

  it('shows a post byte by byte', async () => {
    const { ask, acceptor } = served();
    await acceptor.accept(Uint8Array.of(0, 255, 10));
    expect(jsonOf(await ask('GET /-/quarantine'))).toMatchObject([{ bytes: 3, at: NOW, reason: 'no UTF-8' }]);
    const [{ id }] = jsonOf(await ask('GET /-/quarantine')) as [{ id: number }];
    const { headers, body } = await ask(`GET /-/quarantine/${id}`);
    expect(headers).toMatchObject({ 'content-type': 'application/octet-stream', 'x-content-type-options': 'nosniff' });
    expect([...Buffer.from(body)]).toEqual([0, 255, 10]);
    expect((await ask('GET /-/quarantine/99')).status).toBe(404);
  });

  it('keeps what still cannot be read, and tells nobody again', async () => {
    const { ask, post, told } = served();
    await post(brokenPost);
    expect(await told('root')).toHaveLength(1);
    const [{ id }] = jsonOf(await ask('GET /-/quarantine')) as [{ id: number }];
    expect(jsonOf(await ask('POST /-/quarantine/feed', { all: true }))).toMatchObject([{ id, outcome: 'unreadable' }]);
    expect(jsonOf(await ask('GET /-/quarantine'))).toMatchObject([{ id }]);
    expect(await told('root')).toEqual([]);
  });

  it('lets go what is accepted, and not before', async () => {
    const relay = bench();
    // What an older program could not read, and this one can.
    await relay.outbox.quarantine(Buffer.from(JSON.stringify(group(alert('Late')))), 'no UTF-8', NOW);
    const id = (await relay.outbox.listQuarantine(10))[0]?.id ?? -1;
    const record = relay.outbox.record.bind(relay.outbox);
    relay.outbox.record = () => Promise.reject(new StoreUnavailable('the disk is full'));
    const { ask, told } = served(relay);
    const full = await ask('POST /-/quarantine/feed', { id: [id] });
    expect(jsonOf(full)).toMatchObject([{ id, outcome: 'unavailable' }]);
    expect(await relay.outbox.listQuarantine(10)).toHaveLength(1);
    relay.outbox.record = record;
    expect(jsonOf(await ask('POST /-/quarantine/feed', { id: [id, id, 99] }))).toEqual([
      { id, outcome: 'accepted', channels: ['root'] },
      { id: 99, outcome: 'unknown' },
    ]);
    expect(await relay.outbox.listQuarantine(10)).toEqual([]);
    expect(await told('root')).toHaveLength(1);
  });

  it('is fed in the order in which the posts came, whatever order they are named in', async () => {
    const relay = bench();
    const resolved = { ...alert('Flap'), status: 'resolved', endsAt: new Date(NOW).toISOString() };
    for (const post of [group(alert('Flap')), group(resolved)])
      await relay.outbox.quarantine(Buffer.from(JSON.stringify(post)), 'no UTF-8', NOW);
    const { ask, told } = served(relay);
    const fed = jsonOf(await ask('POST /-/quarantine/feed', { all: true })) as {
      outcome: string;
      channels: string[];
    }[];
    expect(fed.map(({ outcome, channels }) => [outcome, channels])).toEqual([
      ['accepted', ['root']],
      ['accepted', ['root']],
    ]);
    expect((await told('root')).flatMap(({ changes }) => changes.map(({ status }) => status))).toEqual([
      'firing',
      'resolved',
    ]);
  });

  it('says that the store is away, and does nothing', async () => {
    const relay = bench();
    const away = () => Promise.reject(new StoreUnavailable('could not list: the database is away'));
    Object.assign(relay.outbox, { listQuarantine: away, history: away });
    const { ask, refused } = served(relay);
    for (const line of ['GET /-/history', 'GET /-/quarantine']) {
      const answer = await ask(line);
      expect([answer.status, jsonOf(answer)]).toEqual([
        503,
        { status: 'unavailable', error: 'could not list: the database is away' },
      ]);
    }
    expect(refused).toEqual([]);
  });

  it('does nothing for a request that does not say which', async () => {
    const { ask, post, outbox } = served();
    await post(brokenPost);
    for (const path of ['POST /-/quarantine/feed', 'POST /-/quarantine/discard'])
      for (const body of [
        undefined,
        {},
        { id: ['x'] },
        { id: true },
        { id: '' },
        { all: 'true' },
        [],
        { ids: [1] },
        null,
      ])
        expect((await ask(path, body)).status).toBe(400);
    expect(await outbox.listQuarantine(10)).toHaveLength(1);
    expect(jsonOf(await ask('POST /-/quarantine/discard', { all: true }))).toEqual({ discarded: 1 });
  });
});
