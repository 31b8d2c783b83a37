// Whom a message mentions: the setting `mention`, and when it counts.
import { z } from 'zod';
import type { Urgency } from '../notification/index.js';
import { URGENCIES } from '../notification/index.js';
import { listOf } from '../settings/fields.js';
import type { Part } from './channel.js';

/** Those whom a channel's server can mention; a channel that knows no mobiles has none. */
export interface Mention {
  readonly mobiles: readonly string[];
  readonly user_ids: readonly string[];
  readonly all: boolean;
  /** People are mentioned where something of this urgency fires. */
  readonly on: readonly Urgency[];
}

const NOBODY: Mention = { mobiles: [], user_ids: [], all: false, on: ['critical'] };

const ON = `a list of ${URGENCIES.join(', ')} is wanted`;
const on = listOf(z.enum(URGENCIES, ON), ON, 1).default(['critical']);
// YAML reads an unquoted number as a number.
const MOBILES = 'a list of mobile numbers such as "13800000000" is wanted';
const mobiles = listOf(
  z
    .union([z.string(), z.number()], MOBILES)
    .transform(String)
    .pipe(z.string().regex(/^\+?[\d-]{5,20}$/, 'a mobile number such as 13800000000 is wanted')),
  MOBILES,
).default([]);
const userIds = (pattern: RegExp) => {
  const wanted = `a list of users' ids is wanted, each matching ${pattern.source}`;
  return listOf(
    z.union([z.string(), z.number()], wanted).transform(String).pipe(z.string().regex(pattern, wanted)),
    wanted,
  ).default([]);
};
const all = z.boolean('true or false is wanted').default(false);

/** The setting of a server that knows people by mobile number and by id. */
export function mentionByMobile(pattern: RegExp): z.ZodType<Mention> {
  return z
    .strictObject({ mobiles, user_ids: userIds(pattern), all, on })
    .default({ ...NOBODY, mobiles: [], user_ids: [], on: ['critical'] });
}

/** The setting of a server that knows people by id alone. */
export function mentionById(pattern: RegExp): z.ZodType<Mention> {
  return z
    .strictObject({ user_ids: userIds(pattern), all, on })
    .default({ user_ids: [], all: false, on: ['critical'] })
    .transform((given) => ({ ...given, mobiles: [] }));
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
