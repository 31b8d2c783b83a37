// Readers that do not read: how many pages they hold, who is sent away, and who still gets the page.
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { expect, it } from '@jest/globals';
import { PageAnswer } from '@celery-watch/metrics';
import { waitFor } from '@celery-watch/testbed';

/** More than the sockets of both sides take. */
const PIECE = Buffer.from(`${'x'.repeat(99)}\n`.repeat(1_000));
const PIECES = 400;

async function serve() {
  const told = { made: 0, cut: 0, full: 0 };
  const answer = new PageAnswer({
    async *pieces() {
      told.made++;
      for (let n = 0; n < PIECES; n++) yield await Promise.resolve(PIECE);
    },
    onCut: () => {
      told.cut++;
    },
    onFull: () => {
      told.full++;
    },
    limits: { unpacked: 2, patienceMs: 50, bytes: 16 * 1024 * 1024 },
  });
  const server = createServer((request, response) => void answer.answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = (coding: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = { 'accept-encoding': coding };
      get({ host: '127.0.0.1', port, agent: false, headers }, resolve).on('error', reject);
    });
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { ask, told, close };
}

it('readers without gzip that do not read keep others without gzip waiting, and nobody who takes it', async () => {
  const { ask, told, close } = await serve();
  try {
    const slow = [await ask('identity'), await ask('identity')];
    for (const each of slow) each.on('error', () => undefined);
    const refused = await ask('identity');
    expect([refused.statusCode, refused.headers['retry-after'], told.full]).toEqual([503, '5', 1]);
    expect((await buffer(refused)).toString()).toContain('gzip');
    const packed = await ask('gzip');
    expect(packed.statusCode).toBe(200);
    expect(gunzipSync(await buffer(packed))).toHaveLength(PIECE.length * PIECES);
    // One goes away, one reads on: both give their room back.
    slow[0]?.destroy();
    expect(await buffer(slow[1] as IncomingMessage)).toHaveLength(PIECE.length * PIECES);
    const again = await waitFor(
      async () => {
        const next = await ask('identity');
        if (next.statusCode === 200) return next;
        next.resume();
        return undefined;
      },
      { within: 10_000, what: 'room for another reader' },
    );
    expect(await buffer(again)).toHaveLength(PIECE.length * PIECES);
  } finally {
    close();
  }
});
