// `npm run demo -- --once`: the scenario without a person. Tasks fail, people hear of it in English and in Chinese, the repair, the all-clear.
import type { ManagedProcess } from '@celery-watch/testbed';
import type { Director } from './causes/director.js';
import type { Book } from './hops/book.js';
import type { Hop, Journey, Leg } from './hops/journeys.js';
import type { Site } from './parts/site.js';
import { timeline } from './terminal/hop-lines.js';

const ALERT = 'CeleryTaskFailing';
/** From one hop to the next; most take seconds, and a loaded machine may take many. */
const HOP_WITHIN_MS = 90_000;

/** Resolves with the timeline; rejects with the hop that did not come, and the last lines of the part concerned. */
export async function once(site: Site, director: Director, book: Book, signal: AbortSignal): Promise<string> {
  const journey = (): Journey | undefined => book.journeys().find(({ alert }) => alert === ALERT);
  await press(director.press('fail'));
  await allHops('alarm', journey, site, book, signal);
  await press(director.repair());
  await allHops('clear', journey, site, book, signal);
  return timeline(journey() as Journey);
}

async function press(outcome: ReturnType<Director['press']>): Promise<void> {
  const { ok, text } = await outcome;
  if (!ok) throw new Error(text);
}

/** Waits for one hop after the other, each with a deadline of its own. */
async function allHops(way: 'alarm' | 'clear', journey: () => Journey | undefined, site: Site, book: Book, signal: AbortSignal): Promise<void> {
  const leg = (): Leg | undefined => journey()?.[way];
  for (;;) {
    const awaited = nextHop(leg());
    if (awaited === 'none') return;
    const name = awaited === undefined ? 'pending' : awaited.name;
    const came = await changed(book, HOP_WITHIN_MS, signal, () => {
      const next = nextHop(leg());
      return next === 'none' || (next !== undefined && (awaited === undefined || next.name !== awaited.name || next.channel !== awaited.channel));
    });
    if (!came) {
      const part = partConcerned(name, site);
      const hop = awaited?.channel === undefined ? name : `${name} to ${awaited.channel}`;
      throw new Error(`${ALERT}, ${way === 'alarm' ? 'on its way to people' : 'on its way to being resolved'}: the hop “${hop}” did not come within ${HOP_WITHIN_MS / 1000} s\n${part.lastLines()}`);
    }
  }
}

/** undefined: the alert itself is awaited. */
function nextHop(leg: Leg | undefined): Hop | 'none' | undefined {
  if (leg === undefined || leg.hops.length === 0) return undefined;
  return leg.hops.find(({ at }) => at === undefined) ?? 'none';
}

function partConcerned(name: Hop['name'], { exporter, prometheus, alertmanager, relay }: Site): ManagedProcess {
  if (name === 'seen' || name === 'mended' || name === 'cause' || name === 'repair') return exporter;
  if (name === 'accepted') return alertmanager;
  return name === 'delivered' ? relay : prometheus;
}

/** True as soon as the condition holds, looked at after each change of the book; false after the deadline. Rejects when the signal aborts. */
function changed(book: Book, within: number, signal: AbortSignal, condition: () => boolean): Promise<boolean> {
  if (condition()) return Promise.resolve(true);
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      unsubscribe();
      settle();
    };
    const onAbort = (): void => { end(() => { reject(new Error('stopped before the scenario had come to its end')); }); };
    const timer = setTimeout(() => { end(() => { resolve(false); }); }, within);
    const unsubscribe = book.onChange(() => { if (condition()) end(() => { resolve(true); }); });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
