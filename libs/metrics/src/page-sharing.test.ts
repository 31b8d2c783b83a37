// Who shares a page with whom, and who is cut off so that memory lasts.
import { describe, expect, it } from '@jest/globals';
import { PageSharing, type SharedPage } from './page-sharing.js';

const shared = (text: string): SharedPage => ({ pieces: [Buffer.from(text)], bytes: text.length });

function bench(maxBytes = 1_000) {
  let now = 0;
  let made = 0;
  const waiting: (() => void)[] = [];
  const sharing = new PageSharing<'a' | 'b'>(
    async (variant) => {
      made += 1;
      const content = `${variant}${made}`;
      await new Promise<void>((resolve) => waiting.push(resolve));
      return shared(content.padEnd(400));
    },
    { maxBytes, ticks: () => now },
  );
  const textOf = async (page: Promise<SharedPage>): Promise<string> =>
    Buffer.concat(await page.then(({ pieces }) => pieces))
      .toString()
      .trim();
  /** Lets the page that is being made take so long. */
  const finish = async (ms: number): Promise<void> => {
    await new Promise(setImmediate);
    now += ms;
    waiting.shift()?.();
    await new Promise(setImmediate);
  };
  return { sharing, textOf, finish, pass: (ms: number) => void (now += ms), made: () => made };
}

describe('a page', () => {
  it('is made once for all who ask while it is being made', async () => {
    const { sharing, textOf, finish, made } = bench();
    const asked = Array.from({ length: 10 }, () => textOf(sharing.get('a', undefined)));
    await finish(1);
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['a1']));
    expect(made()).toBe(1);
  });

  it('is made anew for the next one where that is quick, and shared for twice its time where it is not', async () => {
    const { sharing, textOf, finish, pass } = bench();
    const first = textOf(sharing.get('a', undefined));
    await finish(10);
    await first;
    const second = textOf(sharing.get('a', undefined));
    await finish(300);
    expect(await second).toBe('a2');
    pass(599);
    expect(await textOf(sharing.get('a', undefined))).toBe('a2');
    pass(1);
    const third = textOf(sharing.get('a', undefined));
    await finish(1);
    expect(await third).toBe('a3');
  });

  it('of another kind is made after it, not beside it', async () => {
    const { sharing, textOf, finish, made } = bench();
    const [a, b] = [textOf(sharing.get('a', undefined)), textOf(sharing.get('b', undefined))];
    await new Promise(setImmediate);
    expect(made()).toBe(1);
    await finish(1);
    await finish(1);
    expect([await a, await b]).toEqual(['a1', 'b2']);
  });
});

it('the readers of the oldest page are cut off where too much is on its way', async () => {
  const { sharing, finish } = bench(900);
  const cut: string[] = [];
  const send = async (name: string): Promise<() => void> => {
    const page = sharing.get('a', undefined);
    await finish(1);
    return sharing.sending(await page, { cut: () => void cut.push(name) });
  };
  await send('first');
  const done = await send('second');
  expect(cut).toEqual([]);
  done();
  await send('third');
  expect(cut).toEqual([]);
  await send('fourth');
  expect(cut).toEqual(['first']);
});

it('a page that was cut and is on its way again counts until that is over', async () => {
  const { sharing, finish } = bench(900);
  const cut: string[] = [];
  const make = async (): Promise<SharedPage> => {
    const page = sharing.get('a', undefined);
    await finish(1);
    return page;
  };
  const send = (page: SharedPage, name: string) => sharing.sending(page, { cut: () => void cut.push(name) });
  const [first, second, third] = [await make(), await make(), await make()];
  const endOfOld = send(first, 'first');
  send(second, 'second');
  send(third, 'third');
  expect(cut).toEqual(['first']);
  send(first, 'first again');
  expect(cut).toEqual(['first', 'second']);
  endOfOld();
  send(await make(), 'fourth');
  expect(cut).toEqual(['first', 'second', 'third']);
});

it('a page that cannot be made fails for those who asked, and is tried again for the next', async () => {
  let isBroken = true;
  const sharing = new PageSharing<'a'>(
    () => (isBroken ? Promise.reject(new Error('broken')) : Promise.resolve(shared('x'))),
    { maxBytes: 10, ticks: () => 0 },
  );
  await expect(sharing.get('a', undefined)).rejects.toThrow('broken');
  isBroken = false;
  expect((await sharing.get('a', undefined)).bytes).toBe(1);
});
