// What the inbox page shows, as fragments with ids: the page is made of them, and each that changes is sent again.
import { createHash } from 'node:crypto';
import type { CauseRunner, CauseState } from '../causes/cause-runner.js';
import type { Cause, CauseName } from '../causes/table.js';
import type { RecordStore } from '../hops/record-store.js';
import type { PartState } from '../parts/site.js';
import { html, type Html, link } from '@celery-watch/html';
import { journeyCard } from './render/journey-card.js';
import { messageCard } from './render/message-card.js';

export const SLOTS = ['parts', 'journeys', 'messages'] as const;

export interface Fragment {
  readonly slot: (typeof SLOTS)[number];
  readonly id: string;
  readonly html: string;
  /** Equal where nothing has changed. */
  readonly version: string;
}

export interface Buttons {
  readonly states: Readonly<Record<string, CauseState>>;
  readonly repair: 'ready' | 'busy' | 'idle';
}

export interface ViewParts {
  readonly store: RecordStore;
  readonly runner: CauseRunner;
  readonly causes: Readonly<Record<CauseName, Cause>>;
  readonly parts: () => readonly PartState[];
}

const JOURNEYS_SHOWN = 12;
const MESSAGES_SHOWN = 40;

/** Newest first in each slot. */
export function fragmentsOf({ store, parts }: ViewParts): readonly Fragment[] {
  const journeys = store.journeys();
  return [
    fragment('parts', partList(parts())),
    ...journeys.slice(0, JOURNEYS_SHOWN).map((each) => fragment('journeys', journeyCard(each))),
    ...store.records.messages
      .slice(-MESSAGES_SHOWN)
      .reverse()
      .map((each) => fragment('messages', messageCard(each, journeys))),
  ];
}

export function buttonsOf({ runner, causes }: ViewParts): Buttons {
  const states = Object.fromEntries((Object.keys(causes) as CauseName[]).map((name) => [name, runner.state(name)]));
  return { states, repair: runner.repairing ? 'busy' : runner.anythingToRepair ? 'ready' : 'idle' };
}

function partList(parts: readonly PartState[]): Html {
  return html`<ul class="parts" id="parts-list">${parts.map(({ name, up, link: address }) => html`<li class="${up ? 'up' : 'down'}">${address === undefined ? name : link(address, name)} <span class="state">${up ? 'up' : 'down'}</span></li>`)}</ul>`;
}

/** The version stands in the element itself, so that a page knows what it has. */
function fragment(slot: Fragment['slot'], content: Html): Fragment {
  const version = createHash('sha1').update(content.text).digest('base64url').slice(0, 12);
  const id = / id="([\w-]+)"/.exec(content.text)?.[1] ?? slot;
  return { slot, id, version, html: content.text.replace(/^<(\w+)/, `<$1 data-version="${version}"`) };
}
