// Whom a message mentions, and when that counts.
import type { Urgency } from '../notification/index.js';
import type { Part } from './channel.js';

/** Those whom a channel's server can mention; a channel that knows no mobiles has none. */
export interface Mention {
  readonly mobiles: readonly string[];
  readonly user_ids: readonly string[];
  readonly all: boolean;
  /** People are mentioned where something of this urgency fires. */
  readonly on: readonly Urgency[];
}

/**
 * Whom this part mentions; undefined: nobody. Of a message in several parts only the first mentions people: the alerts
 * are in order of urgency, and one mention for a message is enough.
 */
export function mentionedBy(part: Part, mention: Mention): Mention | undefined {
  if (mention.mobiles.length === 0 && mention.user_ids.length === 0 && !mention.all) return undefined;
  const fires = part.message.alerts.some(
    ({ alert, urgency }) => alert.status === 'firing' && mention.on.includes(urgency),
  );
  return part.index === 1 && fires ? mention : undefined;
}
