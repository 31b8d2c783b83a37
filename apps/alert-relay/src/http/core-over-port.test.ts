// Questions to the core from another thread: each answer reaches who asked, and bytes are handed over, not copied.
import { afterEach, expect, it } from '@jest/globals';
import { MessageChannel } from 'node:worker_threads';
import { waitFor } from '@celery-watch/testbed';
import { CoreOverPort } from './core-over-port.js';
import type { Question, ToCore, ToFront } from './front-messages.js';

type Ask = Extract<ToCore, { readonly kind: 'ask' }>;

const channels: MessageChannel[] = [];
afterEach(() => {
  for (const { port1, port2 } of channels.splice(0)) {
    port1.close();
    port2.close();
  }
});

function joined() {
  const channel = new MessageChannel();
  channels.push(channel);
  const { port1, port2 } = channel;
  const core = new CoreOverPort(port1);
  const asked: Ask[] = [];
  port1.on('message', (said: Extract<ToFront, { readonly kind: 'answer' | 'failure' }>) => {
    core.hear(said);
  });
  port2.on('message', (question: Ask) => {
    asked.push(question);
  });
  const tell = (said: ToFront): void => {
    port2.postMessage(said);
  };
  const heard = async (count: number): Promise<readonly Ask[]> => {
    await waitFor(() => asked.length >= count, { within: 5_000, what: `${count} questions` });
    return asked;
  };
  return { core, tell, heard };
}

const bodyOf = ({ question }: { readonly question: Question }): unknown =>
  question.name === 'accept' ? Buffer.from(question.given[0]).toString() : undefined;

it('answers that come in another order reach those who asked', async () => {
  const { core, tell, heard } = joined();
  const both = [core.accept(Buffer.from('first')), core.accept(Buffer.from('second'), 'team')];
  const [first, second] = await heard(2);
  if (first === undefined || second === undefined) throw new Error('not asked');
  expect([bodyOf(first), bodyOf(second)]).toEqual(['first', 'second']);
  tell({ kind: 'answer', id: second.id, value: { status: 503, body: {} } });
  tell({ kind: 'answer', id: first.id, value: { status: 200, body: {} } });
  expect((await Promise.all(both)).map(({ status }) => status)).toEqual([200, 503]);
});

it('a failure of the core is that of who asked, with its words', async () => {
  const { core, tell, heard } = joined();
  const told = core.refuseTooLarge({ en: 'much', zh: '多' }).catch((error: unknown) => error);
  const [asked] = await heard(1);
  tell({ kind: 'failure', id: asked?.id ?? -1, error: new TypeError('the core fails') });
  expect(await told).toMatchObject({ name: 'TypeError', message: 'the core fails' });
});

it('hands over bytes whose memory is their own; what shares its memory stays whole', async () => {
  const { core, heard } = joined();
  const own = Buffer.from(new TextEncoder().encode('own').buffer);
  const shared = Buffer.from(new TextEncoder().encode('of a pool').buffer, 5);
  void core.accept(own);
  void core.accept(shared);
  expect((await heard(2)).map(bodyOf)).toEqual(['own', 'pool']);
  expect([own.length, shared.toString()]).toEqual([0, 'pool']);
});
