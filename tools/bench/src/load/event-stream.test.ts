// Whole lives of the generator's tasks, with no broker between.
import { expect, it } from '@jest/globals';
import { EventStream, type MessageKind } from './event-stream.js';
import type { Outlet } from './outlet.js';
import { Random } from './random.js';

const LIFE =
  /^sent( received( started( retried sent( received( started( succeeded| failed)?)?)?| succeeded| failed)?)?)?$/;

/** Keeps the bodies of what is published. */
function keeping(bodies: string[]): Outlet {
  return {
    messages: 0,
    bytes: 0,
    strays: 0,
    isFull: false,
    route: () => ({ command: new Uint8Array(), tail: new Uint8Array() }),
    publish: (_, body, length) => void bodies.push(body.toString('utf8', 0, length)),
    flush: () => undefined,
    caughtUp: () => Promise.resolve(),
    close: () => undefined,
  };
}

// With this seed a task that has just retried is the next to be received.
it.each<MessageKind>(['single', 'multi'])('tells each task in order, also where it retries, in %s messages', (kind) => {
  const bodies: string[] = [];
  const stream = new EventStream(keeping(bodies), new Random(19), { kind, workers: 20, names: 40 });
  while (stream.events < 60_000) stream.next();
  const lives: string[] = [];
  const open = new Map<string, string>();
  for (const { type, uuid } of bodies.flatMap((body) => JSON.parse(body) as { type: string; uuid: string })) {
    const step = type.slice('task-'.length);
    // Ids are used again when a life has ended.
    open.set(uuid, open.has(uuid) ? `${open.get(uuid) ?? ''} ${step}` : step);
    if (step === 'succeeded' || step === 'failed') {
      lives.push(open.get(uuid) ?? '');
      open.delete(uuid);
    }
  }
  lives.push(...open.values());
  expect(lives.filter((life) => !LIFE.test(life))).toEqual([]);
  expect(lives.filter((life) => life.includes('retried')).length).toBeGreaterThan(100);
});
