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
