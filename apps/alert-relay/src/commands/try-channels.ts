// What tries channels without the outbox: `check-config` renders for each, `preview` shows what one would send, and
// `send-test` sends.
import { randomUUID } from 'node:crypto';
import { didYouMean, shownName } from '@celery-watch/service';
import type { ChannelConfig, RelayConfig } from '../config/config.js';
import { type ChannelSetup, setUpChannel } from '../channel-setup.js';
import { ownAlert, ownGroup, type Notification } from '../notification/index.js';
import type { MessageParts, MessageSetup, PartsRequest } from '../render/message-job.js';
import { openMessageThreads, RunawayTemplates } from '../render/message-threads.js';
import { CommandError, type Arguments } from './arguments.js';
import { loadConfig, loadWithNotices } from './run.js';
import { notificationFor } from './sample.js';

/** All that is wrong with the file, and with what it names. */
export async function checkConfig(given: Arguments): Promise<void> {
  const { config, notices } = loadWithNotices(given);
  const sample = notificationFor(config, undefined, Date.now());
  const troubles: string[] = [];
  for (const entry of config.channels) {
    try {
      await rehearse(entry, sample, ({ made, messages }) => {
        const found = [...(messages.templates?.strays ?? []), ...made.failures];
        troubles.push(...found.map((trouble) => `channel ${entry.name}: templates: ${trouble}`));
      });
    } catch (error) {
      troubles.push(`channel ${entry.name}: ${(error as Error).message}`);
    }
  }
  if (troubles.length > 0) throw new CommandError(troubles.join('\n'));
  process.stdout.write(
    `The configuration is good: ${config.channels.map(({ name, type }) => `${name} (${type})`).join(', ')}.\n`,
  );
  for (const notice of notices) process.stdout.write(`Careful: ${notice}.\n`);
  if (given.notice !== undefined) process.stdout.write(`Variables: ${given.notice}.\n`);
}

/** The exact bytes that a channel's server would get, and how they measure against its limit. */
export async function preview(given: Arguments): Promise<void> {
  const config = loadConfig(given);
  const entry = chosenChannel(config, given.channel);
  const notification = notificationFor(config, given.payload, Date.now());
  await rehearse(entry, notification, ({ limit, made, messages }) => {
    for (const stray of messages.templates?.strays ?? []) process.stderr.write(`-- template: ${stray}\n`);
    for (const { content, size, part } of made.parts) {
      process.stdout.write(`${content}\n`);
      process.stderr.write(
        `-- ${entry.name} (${entry.type}), part ${part.index} of ${part.total}: ${size} of ${limit.max} ` +
          `${limit.unit}\n`,
      );
    }
    for (const failure of made.failures) process.stderr.write(`-- template: ${failure}\n`);
  });
}

/** One message through one channel, and what the server said. */
export async function sendTest(given: Arguments): Promise<void> {
  const entry = chosenChannel(loadConfig(given), given.channel);
  const notification = testNotification(entry.name, Date.now());
  await rehearse({ ...entry, maxParts: 1 }, notification, async ({ channel, made }) => {
    for (const dressed of made.parts) {
      const verdict = await channel.send(dressed, AbortSignal.timeout(entry.timeoutMs));
      const detail = verdict.detail === '' ? '' : `: ${verdict.detail}`;
      const line = `${entry.name} (${entry.type}): ${verdict.kind}, ${verdict.reason}${detail}`;
      if (verdict.kind !== 'delivered') throw new CommandError(line);
      process.stdout.write(`${line}\n`);
    }
  });
}

interface Rehearsal extends ChannelSetup {
  readonly made: MessageParts;
}

/** Makes a message for a channel as a delivery does, hands it to `look`, and closes the channel. */
async function rehearse(
  entry: ChannelConfig,
  notification: Notification,
  look: (rehearsal: Rehearsal) => void | Promise<void>,
): Promise<void> {
  const setup = setUpChannel(entry, { now: Date.now });
  const { acceptedAt } = notification;
  try {
    const made = await makeMessage(setup.messages, {
      notifications: [{ json: JSON.stringify(notification), acceptedAt }],
      composedAt: Date.now(),
      id: randomUUID(),
      plan: undefined,
      possibleDuplicate: false,
      sentAt: Date.now(),
      most: setup.limit.max,
    });
    await look({ ...setup, made });
  } finally {
    await setup.channel.close();
  }
}

/** Templates that run away are ended here as in a delivery, and are told like any other failure. */
async function makeMessage(setup: MessageSetup, request: PartsRequest): Promise<MessageParts> {
  const threads = openMessageThreads();
  try {
    return await threads.make({ ...request, setup, form: 'own' });
  } catch (error) {
    if (!(error instanceof RunawayTemplates)) throw error;
    const made = await threads.make({ ...request, setup, form: 'built-in' });
    return { ...made, failures: [error.message] };
  } finally {
    await threads.close();
  }
}

/** The channel of --channel; may be left out where there is only one. */
function chosenChannel(config: RelayConfig, name: string | undefined): ChannelConfig {
  const names = config.channels.map((each) => each.name);
  const found =
    name === undefined && names.length === 1 ? config.channels[0] : config.channels.find((each) => each.name === name);
  if (found !== undefined) return found;
  if (name === undefined) throw new CommandError(`--channel is missing: one of ${names.join(', ')}`);
  throw new CommandError(
    `--channel is "${shownName(name)}", wanted one of ${names.join(', ')}. ${didYouMean(name, names) ?? ''}`.trim(),
  );
}

function testNotification(channel: string, now: number): Notification {
  const alert = ownAlert({
    name: 'AlertRelayTest',
    status: 'firing',
    severity: 'info',
    startsAt: now,
    labels: { channel },
    summary: { en: 'A test message of the alert relay', zh: '告警中继的测试消息' },
    description: {
      en: 'Nothing is wrong: somebody wanted to see whether this channel works.',
      zh: '一切正常：有人在测试该通知渠道是否可用。',
    },
  });
  return {
    kind: 'news',
    group: ownGroup('AlertRelayTest'),
    episode: { id: randomUUID(), opened: true },
    acceptedAt: now,
    changes: [alert],
    standing: { count: 0, alerts: [] },
    truncated: 0,
  };
}
