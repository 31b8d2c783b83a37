// A page that cannot be compressed fails for its scrapers, and for nobody else.
import { expect, it } from '@jest/globals';
import { Transform } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { pack } from './page-answer.js';

const PIECES = Array.from({ length: 50 }, (_, i) => Buffer.alloc(100_000, String(i % 10)));

it('what is compressed is the same page', async () => {
  expect(gunzipSync(Buffer.concat((await pack(PIECES)).pieces)).equals(Buffer.concat(PIECES))).toBe(true);
});

it('an error of the compression while it cannot take more is that of the page, and no other', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  try {
    const broken = new Transform({
      transform: (_piece, _encoding, done) => {
        setImmediate(() => {
          done(new Error('out of memory'));
        });
      },
    });
    await expect(pack(PIECES, broken)).rejects.toThrow('out of memory');
    await new Promise(setImmediate);
    expect(unhandled).toEqual([]);
  } finally {
    process.off('unhandledRejection', note);
  }
});

it('many small pieces are compressed together: each time takes a turn of the event loop', async () => {
  let written = 0;
  const counting = new Transform({
    transform: (piece: Buffer, _encoding, done) => {
      written++;
      done(null, piece);
    },
  });
  const small = Array.from({ length: 1_000 }, (_, n) => Buffer.from(`line ${String(n)}\n`));
  const { bytes, plainBytes, pieces } = await pack(small, counting);
  expect(Buffer.concat(pieces).equals(Buffer.concat(small))).toBe(true);
  expect([bytes, plainBytes, written]).toEqual([8_890, 8_890, 1]);
});
