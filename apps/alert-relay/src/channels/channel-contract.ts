// The contract of channels as tests: run for every type of the table against the fake of its server.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort, type Misbehaviour, type Receiver, waitFor } from '@celery-watch/testbed';
import type { Verdict } from '../notification/index.js';
import { packed, revived } from '../settings/packed.js';
import type { Channel, ChannelType, Part } from './channel.js';
import { HOSTILE, samplePart } from './testing.js';

export interface ChannelGround {
  readonly receiver: Receiver;
  /** The configuration's entry that leads to a server at `address`. */
  settings(address: string): unknown;
  /** What may stand in no detail. */
  readonly secrets: readonly string[];
  /** Whether the server shows a resend once; a mailbox does later what its server does not. */
  readonly dropsResends: boolean;
  /** A success of HTTP says all that there is to say, whatever stands in its body; a page apart. */
  readonly trustsStatus: boolean;
  /** Every message that its server took has a receipt. */
  readonly givesReceipts: boolean;
  /** What no server of this kind can be made to do. */
  readonly cannot: readonly Misbehaviour[];
  /** An answer that repeats these texts. */
  echo(texts: string): Misbehaviour;
}

const SOON = 20_000;
/** Shorter than a person's patience, longer than a busy machine needs for loopback. */
const PATIENCE_MS = 400;

export function channelContract(
  name: string,
  type: ChannelType<unknown>,
  open: (now: () => number) => Promise<ChannelGround>,
): void {
  describe(`the contract of channels: ${name}`, () => {
    let ground: ChannelGround;
    let channel: Channel;
    let details: string[];
    // Two seconds pass at each look: no server's rate is reached by a test that is not about it.
    let time = Date.now();
    const now = (): number => (time += 2000);
    const openChannel = (address: string): Channel =>
      type.create(type.settings.parse(ground.settings(address)), { name: 'ops', now });
    const limit = (): number => type.limit(type.settings.parse(ground.settings(ground.receiver.url))).max;

    const send = async (part: Part, patience = SOON, through = channel): Promise<Verdict> => {
      const verdict = await through.send(through.dress(part), AbortSignal.timeout(patience));
      details.push(verdict.detail);
      return verdict;
    };

    /** What the channel calls a message is of its own kind, and short; it holds no secret. */
    const expectReceipt = (verdict: Verdict): void => {
      const receipt = verdict.kind === 'delivered' ? verdict.receipt : undefined;
      if (receipt === undefined) return expect(ground.givesReceipts).toBe(false);
      expect(receipt.kind).toBe(name);
      const text = JSON.stringify(receipt);
      expect(text.length).toBeLessThan(400);
      for (const secret of ground.secrets) expect(text).not.toContain(secret);
    };

    beforeEach(async () => {
      time = Date.now();
      details = [];
      ground = await open(now);
      channel = openChannel(ground.receiver.url);
    });

    afterEach(async () => {
      await channel.close();
      await ground.receiver.close();
      for (const detail of details) {
        expect(detail).not.toMatch(/[\n\r]/);
        expect(detail.length).toBeLessThanOrEqual(300);
        for (const secret of ground.secrets) expect(detail).not.toContain(secret);
      }
    });

    it('delivers a part once, with all its sections', async () => {
      const part = samplePart();
      const verdict = await send(part);
      expect(verdict).toMatchObject({ kind: 'delivered', reason: 'ok' });
      expectReceipt(verdict);
      expect(ground.receiver.received).toHaveLength(1);
      const [got] = ground.receiver.received;
      expect(got).toMatchObject({ accepted: true });
      for (const text of [part.body.head, ...part.body.blocks, part.body.foot]) expect(got?.text).toContain(text);
      expect(`${got?.title ?? ''}\n${got?.text ?? ''}`).toContain('HighCeleryQueueLength');
    });

    it('dresses the same part in the same bytes', () => {
      const part = samplePart();
      const first = channel.dress(part);
      now();
      expect(channel.dress(structuredClone(part))).toEqual(first);
      const { key, index, total, from, to, possibleDuplicate } = part;
      expect(first.part).toEqual({ key, index, total, from, to, possibleDuplicate });
      expect(first.size).toBeGreaterThan(0);
    });

    it('dresses a part on another thread in the same bytes, and what comes back is plain data', () => {
      const part = samplePart();
      const settings = type.settings.parse(ground.settings(ground.receiver.url));
      const crossed = revived(structuredClone(packed(settings)));
      const dressedThere = type.dresser(crossed, 'ops')(structuredClone(part));
      expect(structuredClone(dressedThere)).toEqual(channel.dress(part));
    });

    it('sends again what may have arrived, known for one message where that is promised', async () => {
      const part = samplePart();
      await send(part);
      expect(await send(part)).toMatchObject({ kind: 'delivered' });
      const { received } = ground.receiver;
      if (type.idempotent) expect(new Set(received.map((each) => each.key)).size).toBe(1);
      if (type.idempotent) expect(received[0]?.key).toBeTruthy();
      expect(received.filter((each) => each.accepted)).toHaveLength(ground.dropsResends ? 1 : 2);
      await send({ ...part, key: 'another-2', index: 2 });
      expect(received.filter((each) => each.accepted)).toHaveLength(ground.dropsResends ? 2 : 3);
    });

    it.each<[Misbehaviour & string, Partial<Verdict>, boolean]>([
      ['timeout', { kind: 'ambiguous', reason: 'timeout' }, true],
      ['cut-before-answer', { kind: 'ambiguous', reason: 'network' }, true],
      ['cut-within-answer', { kind: 'ambiguous', reason: 'network' }, true],
      ['redirect', { kind: 'retry', reason: 'not_understood' }, false],
    ])('judges %s', async (misbehaviour, verdict, taken) => {
      if (ground.cannot.includes(misbehaviour)) return;
      ground.receiver.misbehave(misbehaviour);
      const begun = performance.now();
      expect(await send(samplePart(), misbehaviour === 'timeout' ? PATIENCE_MS : SOON)).toMatchObject(verdict);
      if (misbehaviour === 'timeout') expect(performance.now() - begun).toBeLessThan(PATIENCE_MS + 5000);
      expect(ground.receiver.received.filter((each) => each.accepted)).toHaveLength(taken ? 1 : 0);
      expect(await send(samplePart())).toMatchObject({ kind: 'delivered' });
    });

    it.each<[string, number, string]>([
      ['a page', 200, '<!DOCTYPE html><html><head><title>Log in</title></head><body>Welcome</body></html>'],
      ['another page', 200, '<?xml version="1.0"?><status>fine</status>'],
      ['nothing', 200, ''],
      ['nothing, accepted', 202, ''],
      ['a JSON that is cut off', 200, '{"errcode":0,"err'],
      ['another JSON', 200, '{"id":17,"queued":1}'],
      ['a list', 200, '[0]'],
      ['a sentence', 200, 'Thank you for your message'],
    ])('does not know what became of a message that got %s for an answer', async (what, status, body) => {
      ground.receiver.misbehave({ taken: { status, body } });
      const verdict = await send(samplePart(), PATIENCE_MS * 5);
      expect(ground.receiver.received.filter((each) => each.accepted)).toHaveLength(1);
      if (ground.trustsStatus && !what.includes('page')) expect(verdict).toMatchObject({ kind: 'delivered' });
      else expect(verdict.kind).toBe('ambiguous');
      if (verdict.kind === 'delivered' && verdict.receipt !== undefined) expectReceipt(verdict);
      if (verdict.kind === 'ambiguous' && body !== '') expect(verdict.reason).toBe('not_understood');
    });

    it('judges a page of something that takes no messages', async () => {
      ground.receiver.misbehave('html');
      const verdict = await send(samplePart());
      expect(verdict.reason).toBe('not_understood');
      expect(verdict.kind).toBe(ground.cannot.includes('redirect') ? 'retry' : 'ambiguous');
      expect(ground.receiver.received.filter((each) => each.accepted)).toHaveLength(0);
      expect(await send(samplePart())).toMatchObject({ kind: 'delivered' });
    });

    it('does not call delivered what was cut off before it was read', async () => {
      ground.receiver.misbehave('cut-before-message');
      const verdict = await send(samplePart());
      expect(['retry', 'ambiguous']).toContain(verdict.kind);
      expect(verdict.reason).toBe('network');
      expect(ground.receiver.received).toHaveLength(0);
    });

    it('knows that nothing was sent where nobody listens or nobody has that name', async () => {
      const address = new URL(ground.receiver.url);
      address.port = String(await freePort());
      expect(await send(samplePart(), SOON, openChannel(address.href))).toMatchObject({
        kind: 'retry',
        reason: 'network',
      });
      address.hostname = 'no-such-host.invalid';
      const lost = await send(samplePart(), SOON, openChannel(address.href));
      expect(lost.kind).toBe('retry');
    });

    it('sends nothing when no time is left', async () => {
      const verdict = await channel.send(channel.dress(samplePart()), AbortSignal.abort());
      expect(verdict).toMatchObject({ kind: 'retry', reason: 'timeout' });
      expect(ground.receiver.received).toHaveLength(0);
    });

    it('measures what is too large as such, and what it measures as fitting is taken', async () => {
      const sized = (length: number): Part =>
        samplePart({
          sections: {
            head: 'h',
            blocks: Array.from({ length: Math.ceil(length / 500) }, (_, block) =>
              '队x'.repeat(Math.min(500, length - block * 500) / 2 + 1),
            ),
            foot: '',
          },
        });
      const max = limit();
      expect(channel.dress(sized(max * 1.5)).size).toBeGreaterThan(max);
      let [fits, over] = [1, max * 2];
      while (over - fits > 1) {
        const middle = Math.floor((fits + over) / 2);
        if (channel.dress(sized(middle)).size <= max) fits = middle;
        else over = middle;
      }
      expect(await send(sized(fits))).toMatchObject({ kind: 'delivered' });
      expect(fits).toBeGreaterThan(500);
    });

    it.each(HOSTILE)('keeps its form with %s in every text', async (_, text) => {
      const part = samplePart({ title: text, sections: { head: text, blocks: [text, text], foot: text } });
      const dressed = channel.dress(part);
      expect(dressed.content.isWellFormed()).toBe(true);
      if (dressed.size > limit()) return;
      expect(await send(part)).toMatchObject({ kind: 'delivered' });
      expect(ground.receiver.received).toHaveLength(1);
      expect(ground.receiver.received[0]).toMatchObject({ accepted: true });
    });

    it('tells no secret that the server repeats', async () => {
      const all = ground.secrets.join(' ');
      for (const texts of [all, ground.receiver.url, `a\r\n\tb ${all} ${'x'.repeat(1000)}`]) {
        ground.receiver.misbehave(ground.echo(texts));
        const verdict = await send(samplePart());
        expect(verdict.kind).toBe('retry');
        expect(verdict.detail).toContain('[redacted]');
      }
    });

    it('leaves no connection behind', async () => {
      const open = (): number => process.getActiveResourcesInfo().filter((each) => each === 'TCPSocketWrap').length;
      await send(samplePart());
      ground.receiver.misbehave('timeout');
      await send(samplePart({ key: 'another' }), PATIENCE_MS);
      await channel.close();
      // Its server is still there: what it would close does not count as ours.
      await waitFor(() => open() === 0, { within: SOON, what: 'no connection' });
    });
  });
}
