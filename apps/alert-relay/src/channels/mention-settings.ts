// The setting `mention`, for servers that know people by mobile number, and for those that know them by id alone.
import { z } from 'zod';
import { URGENCIES } from '../notification/index.js';
import { listOf } from '../settings/fields.js';
import type { Mention } from './mention.js';

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
