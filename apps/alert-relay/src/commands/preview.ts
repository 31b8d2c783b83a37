// `alert-relay preview`: the exact bytes that a channel's server would get, and how they measure against its limit.
import { randomUUID } from 'node:crypto';
import { setUpChannel } from '../channel-setup.js';
import type { Arguments } from './arguments.js';
import { chosenChannel, loadConfig } from './load.js';
import { messageFor } from './sample.js';

export async function preview(given: Arguments): Promise<void> {
  const config = loadConfig(given);
  const entry = chosenChannel(config, given.channel);
  const { channel, renderer, limit } = setUpChannel(entry, Date.now);
  const rendered = renderer.render({
    message: messageFor(config, given.payload, Date.now()),
    id: randomUUID(),
    plan: undefined,
    possibleDuplicate: false,
    fits: (part) => channel.dress(part).size <= limit.max,
    maxParts: entry.maxParts,
  });
  for (const part of rendered.parts) {
    const { content, size } = channel.dress(part);
    process.stdout.write(`${content}\n`);
    process.stderr.write(
      `-- ${entry.name} (${entry.type}), part ${part.index} of ${part.total}: ${size} of ${limit.max} ${limit.unit}\n`,
    );
  }
  for (const failure of rendered.failures) process.stderr.write(`-- template: ${failure}\n`);
  await channel.close();
}
