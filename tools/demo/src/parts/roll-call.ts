// Which parts are down although nobody asked for it. Pure.
import type { CauseName } from '../causes/table.js';
import type { PartState } from './site.js';
import { VICTIM } from './shop.js';

/** The part that each of these takes down on purpose. */
const TAKEN_DOWN: Partial<Readonly<Record<CauseName, string>>> = { kill: `worker ${VICTIM}`, stop: 'Redis' };

/** `isOn`: whether that cause is on, or being made or mended now. */
export function missing(parts: readonly PartState[], isOn: (cause: CauseName) => boolean): readonly PartState[] {
  const excused = (Object.keys(TAKEN_DOWN) as CauseName[]).filter(isOn).map((cause) => TAKEN_DOWN[cause]);
  return parts.filter(({ name, up }) => !up && !excused.includes(name));
}
