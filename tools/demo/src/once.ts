// `npm run demo -- --once`: the scenario without a person. Tasks fail, people hear of it in English and in Chinese, the
// repair, the all-clear.
import type { ManagedProcess } from '@celery-watch/testbed';
import type { CauseRunner } from './causes/cause-runner.js';
import type { RecordStore } from './hops/record-store.js';
import type { Hop, Journey, Leg } from './hops/journeys.js';
import type { PartState, Site } from './parts/site.js';
import { timeline } from './terminal/hop-lines.js';

const ALERT = 'CeleryTaskFailing';
/** From one hop to the next; most take seconds, and a loaded machine may take many. */
const HOP_WITHIN_MS = 90_000;
const PARTS_CHECK_MS = 500;

export interface OnceParts {
  readonly site: Site;
  readonly runner: CauseRunner;
  readonly store: RecordStore;
  /** The parts that are down although nobody asked for it. */
  readonly missing: () => readonly PartState[];
}

/**
 * Resolves with the timeline; rejects with the hop that did not come, or the part that ended, and the last lines of the
 * part concerned.
 */
export async function once(parts: OnceParts, signal: AbortSignal): Promise<string> {
  const { runner, store } = parts;
  const journey = (): Journey | undefined => store.journeys().find(({ alert }) => alert === ALERT);
  await press(runner.press('fail'));
  await allHops('alarm', journey, parts, signal);
  await press(runner.repair());
  await allHops('clear', journey, parts, signal);
  return timeline(journey() as Journey);
}

async function press(outcome: ReturnType<CauseRunner['press']>): Promise<void> {
  const { ok, text } = await outcome;
  if (!ok) throw new Error(text);
}

/** Waits for one hop after the other, each with a deadline of its own. */
async function allHops(
  way: 'alarm' | 'clear',
  journey: () => Journey | undefined,
  parts: OnceParts,
  signal: AbortSignal,
): Promise<void> {
  const leg = (): Leg | undefined => journey()?.[way];
  for (;;) {
    const awaited = nextHop(leg());
    if (awaited === 'none') return;
    const came = await changed(parts, signal, () => {
      const next = nextHop(leg());
      return (
        next === 'none' ||
        (next !== undefined &&
          (awaited === undefined || next.name !== awaited.name || next.channel !== awaited.channel))
      );
    });
    if (came) continue;
    const name = awaited?.name ?? (way === 'alarm' ? 'pending' : 'gone');
    const hop = awaited?.channel === undefined ? name : `${name} to ${awaited.channel}`;
    throw new Error(
      `${ALERT}, on its way ${way === 'alarm' ? 'to people' : 'to its end'}: the hop “${hop}” did not come within ${HOP_WITHIN_MS / 1000} s\n${partConcerned(name, parts.site).lastLines()}`,
    );
  }
}

/** undefined: the alert itself is awaited. */
function nextHop(leg: Leg | undefined): Hop | 'none' | undefined {
  if (leg === undefined || leg.hops.length === 0) return undefined;
  return leg.hops.find(({ at }) => at === undefined) ?? 'none';
}

function partConcerned(name: Hop['name'], { exporter, prometheus, alertmanager, relay }: Site): ManagedProcess {
  if (name === 'seen' || name === 'mended' || name === 'cause' || name === 'repair') return exporter.process;
  if (name === 'accepted') return alertmanager.process;
  return (name === 'delivered' ? relay : prometheus).process;
}

/**
 * True as soon as the condition holds, looked at after each change of the store; false after the deadline. Rejects when
 * the signal aborts or a part ends.
 */
function changed({ store, missing }: OnceParts, signal: AbortSignal, condition: () => boolean): Promise<boolean> {
  if (condition()) return Promise.resolve(true);
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(deadline);
      clearInterval(partsCheck);
      signal.removeEventListener('abort', onAbort);
      unsubscribe();
      settle();
    };
    const fail = (why: string): void => {
      end(() => {
        reject(new Error(why));
      });
    };
    const onAbort = (): void => {
      fail('it was stopped before the scenario had come to its end');
    };
    const deadline = setTimeout(() => {
      end(() => {
        resolve(false);
      });
    }, HOP_WITHIN_MS);
    const partsCheck = setInterval(() => {
      const [gone] = missing();
      if (gone !== undefined) fail(`${gone.name} ended unexpectedly\n${gone.process?.lastLines() ?? ''}`);
    }, PARTS_CHECK_MS);
    const unsubscribe = store.onChange(() => {
      if (condition())
        end(() => {
          resolve(true);
        });
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
