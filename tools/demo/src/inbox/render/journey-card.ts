// The alert's way as a line of hops, there and back.
import { CHANNEL_FACTS } from '../../parts/channels.js';
import { aboutOf, type Hop, type HopName, type Journey, type JourneyState, type Leg } from '../../hops/journeys.js';
import { html, type Html, NOTHING } from '@celery-watch/html';

const STATES: Readonly<Record<JourneyState, string>> = {
  pending: 'pending',
  firing: 'firing',
  resolved: 'resolved',
  passed: 'passed by',
  inhibited: 'kept back',
};
const NAMES: Readonly<Record<HopName, string>> = {
  cause: 'Cause',
  seen: 'Exporter',
  pending: 'Pending',
  firing: 'Firing',
  accepted: 'Relay',
  delivered: 'Delivered',
  repair: 'Repair',
  mended: 'Exporter',
  gone: 'Over',
};

export function journeyCard(journey: Journey): Html {
  const { id, alert, summary, severity, state, alarm, clear } = journey;
  const about = aboutOf(journey);
  return html`<article class="journey ${state} ${severity}" id="${elementId(id)}">
<h3><span class="badge ${state === 'resolved' || state === 'passed' ? 'resolved' : severity}">${STATES[state]}</span> ${alert} ${about === undefined ? '' : html`<code>${about}</code>`} <span class="summary">${summary}</span></h3>
${leg('Alarm', state === 'passed' ? happened(alarm) : alarm)}
${clear.from === undefined || clear.hops.length === 0 ? NOTHING : leg('All-clear', clear)}
${state === 'inhibited' ? html`<p class="note">AlertManager keeps it back: a critical alert of the same component fires, and nobody needs two messages.</p>` : NOTHING}
${state === 'passed' ? html`<p class="note">It went away before anybody had to hear of it.</p>` : NOTHING}
</article>`;
}

/** Journeys are known by their labels, which no attribute should hold. */
function elementId(id: string): string {
  let hash = 7;
  for (const sign of id) hash = (hash * 31 + (sign.codePointAt(0) ?? 0)) % 2 ** 40;
  return `journey-${hash.toString(36)}`;
}

/** What went away waits for nothing. */
function happened({ from, hops }: Leg): Leg {
  return { from, hops: hops.filter(({ at }) => at !== undefined) };
}

function leg(title: string, { from, hops }: Leg): Html {
  const single = hops.filter(({ name }) => name !== 'delivered');
  return html`<ol class="hops" aria-label="${title}">${single.map((hop) => step(hop, from))}${
    hops.some(({ name }) => name === 'delivered')
      ? delivered(
          hops.filter(({ name }) => name === 'delivered'),
          from,
        )
      : NOTHING
  }</ol>`;
}

function step({ name, at, detail }: Hop, from: number | undefined): Html {
  return html`<li class="hop-${name} ${at === undefined ? 'waiting' : 'done'}"><b>${NAMES[name]}</b> ${time(at, from)}<span class="detail">${at === undefined ? '' : breakable(detail)}</span></li>`;
}

/** A metric's name breaks before its labels rather than anywhere. */
function breakable(text: string): readonly Html[] {
  return text.split(/(?=\{)/).map((piece, i) => (i === 0 ? html`${piece}` : html`<wbr>${piece}`));
}

function delivered(hops: readonly Hop[], from: number | undefined): Html {
  const state = hops.every(({ at }) => at !== undefined)
    ? 'done'
    : hops.some(({ at }) => at !== undefined)
      ? 'partly'
      : 'waiting';
  return html`<li class="hop-delivered ${state}"><b>${NAMES.delivered}</b><ul class="channels">${hops.map(({ channel, at }) => html`<li class="${at === undefined ? 'waiting' : 'done'}">${channel === undefined ? '' : CHANNEL_FACTS[channel].title} ${time(at, from)}</li>`)}</ul></li>`;
}

function time(at: number | undefined, from: number | undefined): Html {
  return at === undefined
    ? html`<span class="time">…</span>`
    : html`<time class="time" datetime="${new Date(at).toISOString()}" title="${clock(at)}">${seconds(from, at)}</time>`;
}

/** Of this machine's time zone. */
export function clock(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}

/** From one time to another, both in milliseconds since 1970. */
export function seconds(from: number | undefined, at: number): string {
  return `${(Math.max(0, at - (from ?? at)) / 1000).toFixed(1)} s`;
}
