// The console channel, on a stream of our own.
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { openConsole } from './console.js';
import { HOSTILE, samplePart } from './testing.js';

const soon = (): AbortSignal => AbortSignal.timeout(10_000);

describe('the console', () => {
  it('writes title and sections as they are', async () => {
    const stream = new PassThrough();
    const channel = openConsole(stream);
    const dressed = channel.dress(samplePart());
    expect(await channel.send(dressed, soon())).toEqual({ kind: 'delivered', reason: 'ok', detail: 'written' });
    expect(String(stream.read())).toBe(
      '=== [1 firing, critical] HighCeleryQueueLength\n\n1 new, firing since 18:00\n\nHighCeleryQueueLength in default 队列积压\n\nNothing else fires\n\n',
    );
    await channel.close();
    expect(stream.writableEnded).toBe(false);
  });

  it('tries again where the stream is broken, and the program lives on', async () => {
    const stream = new Writable({
      write: (_chunk, _encoding, done) => {
        done(new Error('EPIPE'));
      },
    });
    const channel = openConsole(stream);
    expect(await channel.send(channel.dress(samplePart()), soon())).toMatchObject({ kind: 'retry', reason: 'network' });
  });

  it('does not know whether it was read where nobody reads in time', async () => {
    const stalled = new Writable({ write: () => undefined });
    const channel = openConsole(stalled);
    const gone = new AbortController();
    const sending = channel.send(channel.dress(samplePart()), gone.signal);
    gone.abort();
    expect(await sending).toMatchObject({ kind: 'ambiguous', reason: 'timeout' });
    expect(await channel.send(channel.dress(samplePart()), gone.signal)).toMatchObject({
      kind: 'retry',
      reason: 'timeout',
    });
  });

  it.each(HOSTILE)('sends no control sequence to the terminal from %s', (_, text) => {
    const { content } = openConsole(new PassThrough()).dress(
      samplePart({ title: text, sections: { head: text, blocks: [text], foot: text } }),
    );
    for (const sign of ['\u001b', '\u0000', '\b']) expect(content).not.toContain(sign);
  });
});
