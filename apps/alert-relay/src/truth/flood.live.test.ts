// A flood: 10,000 alerts in one post, and 10,000 alerts in 1,000 groups. Every alert is told or counted, and no server
// sees more than its rate allows.
import { describe, expect, it } from '@jest/globals';
import {
  memoryUse,
  type ReceivedMessage,
  type Receiver,
  startDingtalkReceiver,
  startFeishuReceiver,
  startSlackReceiver,
  startWebhookReceiver,
  startWecomReceiver,
  Testbed,
  waitFor,
} from '@celery-watch/testbed';
import { postOf, type RunningRelay, startRelayProgram, type TestAlert } from './testing.js';
import { readTold, toldTo } from './webhook-mail.js';

const ALERTS = 10_000;
const alert = (n: number): TestAlert => ({
  labels: {
    alertname: `Alert${n % 7}`,
    id: `n${n}`,
    severity: n % 100 === 0 ? 'critical' : 'warning',
    queue: `queue-${n}`,
    instance: `10.0.${n % 250}.${n % 199}:9808`,
  },
  annotations: {
    summary: `Queue queue-${n} is long`,
    description: `Too many tasks wait in queue-${n}, and nobody takes them.`,
  },
  startsAt: 1_790_000_000_000 + n,
});

interface Robots {
  readonly all: Readonly<Record<string, Receiver>>;
  readonly hook: Receiver;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The strict servers, with the budgets that the relay has by itself. */
async function robots(stack: AsyncDisposableStack): Promise<Robots> {
  const [hook, slack, ding, wecom, feishu] = await Promise.all([
    startWebhookReceiver(),
    startSlackReceiver(),
    startDingtalkReceiver(),
    startWecomReceiver(),
    startFeishuReceiver(),
  ]);
  for (const server of [hook, slack, ding, wecom, feishu]) stack.use(server);
  const all = { hook, slack, ding, wecom, feishu };
  const channels = [
    { name: 'hook', type: 'webhook', url: hook.url },
    { name: 'slack', type: 'slack', webhook_url: slack.url },
    { name: 'ding', type: 'dingtalk', webhook_url: ding.url },
    { name: 'wecom', type: 'wecom', webhook_url: wecom.url },
    { name: 'feishu', type: 'feishu', webhook_url: feishu.url },
  ];
  return { all, hook, settings: { channels, route: { channels: Object.keys(all) }, log_level: 'warn' } };
}

/** The alerts of a text: its lines of changes begin with what is new, `**+2 new**`, in every robot's markup. */
function freshIn({ text }: ReceivedMessage): number {
  const head = /^\W*\+([\d,]+) new/m.exec(text);
  return head === null ? 0 : Number(head[1]?.replaceAll(',', ''));
}

async function residentMB(relay: RunningRelay): Promise<number> {
  return (await memoryUse(relay.process.pid)).peak / 2 ** 20;
}

async function allTold(relay: RunningRelay): Promise<void> {
  const page = await relay.until(
    'nothing to be pending',
    (now) => now.sum('alert_relay_pending_notifications') === 0,
    110_000,
  );
  expect(page.sum('alert_relay_dead_letters')).toBe(0);
  expect(page.sum('alert_relay_alerts_total', { kind: 'news' })).toBe(ALERTS);
}

describe('a flood of 10,000 alerts', () => {
  it.concurrent(
    'in one post is taken within seconds and told on each channel, with every alert counted',
    async () => {
      await using bed = new Testbed();
      await using stack = new AsyncDisposableStack();
      const { all, hook, settings } = await robots(stack);
      const relay = await startRelayProgram(bed, settings);
      const began = performance.now();
      expect(
        (
          await relay.post(
            postOf(
              'flood',
              Array.from({ length: ALERTS }, (_, n) => alert(n)),
            ),
          )
        ).status,
      ).toBe(200);
      const answered = performance.now() - began;
      await allTold(relay);
      const told = performance.now() - began;
      process.stdout.write(
        `one post: answered in ${answered.toFixed(0)} ms, told everywhere in ${(told / 1000).toFixed(1)} s, ${(await residentMB(relay)).toFixed(0)} MB at the peak; ${Object.entries(
          all,
        )
          .map(([name, { received }]) => `${name} ${received.length}`)
          .join(', ')}\n`,
      );
      expect(answered).toBeLessThan(10_000);
      expect(toldTo(hook)[0]?.counts.firing).toBe(ALERTS);
      for (const [name, { received }] of Object.entries(all)) {
        expect([name, received.filter(({ accepted }) => !accepted).map(({ refusal }) => refusal)]).toEqual([name, []]);
        if (name !== 'hook')
          expect([name, received.reduce((sum, each) => sum + freshIn(each), 0)]).toEqual([name, ALERTS]);
      }
    },
    180_000,
  );

  it.concurrent(
    'in 1,000 groups becomes digests within each budget, critical first, with every alert counted',
    async () => {
      await using bed = new Testbed();
      await using stack = new AsyncDisposableStack();
      const { all, hook, settings } = await robots(stack);
      const relay = await startRelayProgram(bed, settings);
      const began = performance.now();
      const groups = Array.from({ length: 1_000 }, (_, group) => group);
      const poster = async (): Promise<void> => {
        for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
          const first = group * 10;
          expect(
            (
              await relay.post(
                postOf(
                  `group-${group}`,
                  Array.from({ length: 10 }, (_, n) => alert(first + n)),
                ),
              )
            ).status,
          ).toBe(200);
        }
      };
      await Promise.all(Array.from({ length: 8 }, poster));
      const posted = performance.now() - began;
      await allTold(relay);
      process.stdout.write(
        `1,000 groups: posted in ${(posted / 1000).toFixed(1)} s, told everywhere in ${((performance.now() - began) / 1000).toFixed(1)} s, ${(await residentMB(relay)).toFixed(0)} MB at the peak; ${Object.entries(
          all,
        )
          .map(([name, { received }]) => `${name} ${received.length}`)
          .join(', ')}\n`,
      );
      for (const [name, { received }] of Object.entries(all)) {
        expect([name, received.filter(({ accepted }) => !accepted).map(({ refusal }) => refusal)]).toEqual([name, []]);
        if (name !== 'hook')
          expect([name, received.reduce((sum, each) => sum + freshIn(each), 0)]).toEqual([name, ALERTS]);
      }
      // The first part of a message has the numbers of the whole.
      const firsts = hook.received.filter(({ key }) => key?.endsWith('-1')).map(readTold);
      expect(firsts.reduce((sum, { counts }) => sum + counts.firing, 0)).toBe(ALERTS);
      expect(firsts.some(({ kind }) => kind === 'digest')).toBe(true);
      await waitFor(
        () => all['ding']?.received.some(({ text }) => text.includes('Critical') || text.includes('critical')),
        { within: 1_000, what: 'critical alerts to be told as such' },
      );
    },
    180_000,
  );
});

describe('posts as large as the memory allows, for a dozen channels', () => {
  it.concurrent.each([
    ['of many alerts', 14_000, 100],
    ['of long alerts', 60, 60_000],
  ])(
    '%s are told on each of them: no post ends the relay after its 200, or again at each start',
    async (_, alerts, characters) => {
      await using bed = new Testbed();
      await using hook = await startWebhookReceiver();
      const names = Array.from({ length: 12 }, (_name, at) => `hook${at}`);
      const channels = names.map((name) => ({ name, type: 'webhook', url: hook.url }));
      const relay = await startRelayProgram(
        bed,
        { channels, route: { channels: names }, log_level: 'warn' },
        { nodeOptions: ['--max-old-space-size=64'] },
      );
      const posts = ['a', 'b', 'c'].map((group) =>
        postOf(
          group,
          Array.from({ length: alerts }, (_alert, n) => ({
            labels: { alertname: `Large${n}`, severity: 'warning', group },
            annotations: { summary: 's'.repeat(characters) },
          })),
        ),
      );
      for (const post of posts) expect((await relay.post(post)).status).toBe(200);
      const page = await relay.until(
        'nothing to be pending',
        (now) => now.sum('alert_relay_pending_notifications') === 0,
        110_000,
      );
      expect(page.sum('alert_relay_dead_letters')).toBe(0);
      const firsts = hook.received.filter(({ key }) => key?.endsWith('-1')).map(readTold);
      expect(firsts.reduce((sum, { counts }) => sum + counts.firing, 0)).toBe(names.length * posts.length * alerts);
    },
    180_000,
  );
});
