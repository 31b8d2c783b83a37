// A word on the colour of its level: the word says it, the colour only helps.
import { type Html, visibleHtml as html } from '@celery-watch/html';
import type { Level } from '../diagnosis.js';

export function badge(level: Level, text: string): Html {
  return html`<span class="badge ${level}">${text}</span>`;
}
