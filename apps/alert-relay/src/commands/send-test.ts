// `alert-relay send-test`: one message through one channel, past the outbox, and what the server said.
import { randomUUID } from 'node:crypto';
import { compose, ownAlert, ownGroup } from '../notification/index.js';
import { setUpChannel } from '../channel-setup.js';
import { CommandError, type Arguments } from './arguments.js';
import { chosenChannel, loadConfig } from './load.js';

export async function sendTest(given: Arguments): Promise<void> {
  const entry = chosenChannel(loadConfig(given), given.channel);
  const { channel, renderer, limit } = setUpChannel(entry, Date.now);
  const now = Date.now();
  const alert = ownAlert({
    name: 'AlertRelayTest',
    status: 'firing',
    severity: 'info',
    startsAt: now,
    labels: { channel: entry.name },
    summary: { en: 'A test message of the alert relay', zh: '告警中继的测试消息' },
    description: {
      en: 'Nothing is wrong: somebody wanted to see whether this channel works.',
      zh: '一切正常：有人在测试该通知渠道是否可用。',
    },
  });
  const id = randomUUID();
  const message = compose(
    [
      {
        kind: 'news',
        group: ownGroup('AlertRelayTest'),
        episode: { id, opened: true },
        acceptedAt: now,
        changes: [alert],
        standing: { count: 0, alerts: [] },
        truncated: 0,
      },
    ],
    now,
  );
  const { parts } = renderer.render({
    message,
    id,
    plan: undefined,
    possibleDuplicate: false,
    fits: (part) => channel.dress(part).size <= limit.max,
    maxParts: 1,
  });
  try {
    for (const part of parts) {
      const verdict = await channel.send(channel.dress(part), AbortSignal.timeout(entry.timeoutMs));
      const line = `${entry.name} (${entry.type}): ${verdict.kind}, ${verdict.reason}${verdict.detail === '' ? '' : `: ${verdict.detail}`}`;
      if (verdict.kind !== 'delivered') throw new CommandError(line);
      process.stdout.write(`${line}\n`);
    }
  } finally {
    await channel.close();
  }
}
