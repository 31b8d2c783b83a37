// `alert-relay check-config`: all that is wrong with the file, and with what it names.
import { randomUUID } from 'node:crypto';
import { setUpChannel } from '../channel-setup.js';
import { CommandError, type Arguments } from './arguments.js';
import { loadConfig } from './load.js';
import { messageFor } from './sample.js';

export async function checkConfig(given: Arguments): Promise<void> {
  const config = loadConfig(given);
  const message = messageFor(config, undefined, Date.now());
  const troubles: string[] = [];
  for (const entry of config.channels) {
    try {
      const { channel, renderer, limit } = setUpChannel(entry, Date.now);
      const { failures } = renderer.render({
        message,
        id: randomUUID(),
        plan: undefined,
        possibleDuplicate: false,
        fits: (part) => channel.dress(part).size <= limit.max,
        maxParts: entry.maxParts,
      });
      troubles.push(...failures.map((failure) => `channel ${entry.name}: templates: ${failure}`));
      await channel.close();
    } catch (error) {
      troubles.push(`channel ${entry.name}: ${(error as Error).message}`);
    }
  }
  if (troubles.length > 0) throw new CommandError(troubles.join('\n'));
  process.stdout.write(
    `The configuration is good: ${config.channels.map(({ name, type }) => `${name} (${type})`).join(', ')}.\n`,
  );
}
