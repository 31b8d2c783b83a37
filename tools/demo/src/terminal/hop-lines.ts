// The alert's way as lines for a terminal: each hop once, when it happens.
import { CHANNEL_FACTS } from '../parts/channels.js';
import { aboutOf, type Hop, type Journey, type Leg } from '../hops/journeys.js';
import type { CauseRecord } from '../hops/records.js';

export interface Line {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
}

const WORDS = {
  pending: 'pending in Prometheus',
  firing: 'firing',
  gone: 'over in Prometheus',
  accepted: 'accepted by the relay',
} as const;

/** Keeps which hops were told, and gives the lines of the others, oldest first. */
export class HopLines {
  readonly #told = new Set<string>();

  news(causes: readonly CauseRecord[], journeys: readonly Journey[]): readonly Line[] {
    const lines: Line[] = [];
    const tell = (id: string, at: number | undefined, from: number | undefined, text: string): void => {
      if (at === undefined || this.#told.has(id)) return;
      this.#told.add(id);
      lines.push({ at, text: `${clock(at)}  ${since(from, at).padStart(8)}  ${text}` });
    };
    for (const { id, title, at, done, seen, repairedAt, repair, mended } of causes) {
      tell(`${id} cause`, at, at, `${title}: ${done}`);
      tell(`${id} seen`, seen?.at, at, `seen by the exporter: ${seen?.what ?? ''}`);
      tell(`${id} repair`, repairedAt, repairedAt, `repair: ${repair ?? ''}`);
      tell(`${id} mended`, mended?.at, repairedAt, `seen by the exporter: ${mended?.what ?? ''}`);
    }
    for (const journey of journeys) {
      const { id, alarm, clear } = journey;
      for (const [way, { from, hops }] of [
        ['alarm', alarm],
        ['clear', clear],
      ] as const) {
        for (const hop of hops) {
          const words = wordsOf(hop, way);
          if (words !== undefined)
            tell(`${id} ${way} ${hop.name} ${hop.channel ?? ''}`, hop.at, from, `${nameOf(journey)}: ${words}`);
        }
      }
    }
    return lines.sort((a, b) => a.at - b.at);
  }
}

/** The whole way of one alert as a table, for the end of a run. */
export function timeline({ alert, summary, alarm, clear }: Journey): string {
  const rows = (
    [
      ['fires', alarm],
      ['resolves', clear],
    ] as const
  ).flatMap(([title, leg]) => [`${alert} ${title}`, ...leg.hops.map((hop) => row(hop, leg))]);
  return [`“${summary}”`, ...rows].join('\n');
}

function row(hop: Hop, { from }: Leg): string {
  const name = hop.channel === undefined ? hop.name : `${hop.name} to ${CHANNEL_FACTS[hop.channel].title}`;
  const detail = hop.channel === undefined ? hop.detail : `in ${CHANNEL_FACTS[hop.channel].language}`;
  return `  ${(hop.at === undefined ? 'not yet' : since(from, hop.at)).padStart(9)}  ${name.padEnd(26)} ${detail}`;
}

/** undefined for a hop that is the cause's, and told with it. */
function wordsOf({ name, channel }: Hop, way: 'alarm' | 'clear'): string | undefined {
  if (channel !== undefined)
    return `${way === 'clear' ? 'resolved, ' : ''}delivered to ${CHANNEL_FACTS[channel].title}`;
  if (name === 'accepted' && way === 'clear') return 'resolved, accepted by the relay';
  return name in WORDS ? WORDS[name as keyof typeof WORDS] : undefined;
}

function nameOf(journey: Journey): string {
  const about = aboutOf(journey);
  return about === undefined ? journey.alert : `${journey.alert} (${about})`;
}

export function since(from: number | undefined, at: number): string {
  return `+${(Math.max(0, at - (from ?? at)) / 1000).toFixed(1)} s`;
}

function clock(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}
