// The frame of the exporter's pages: one document with its style in it, a head with the ways to go, and sections.
import { type Content, type Html, visibleHtml as html } from '@celery-watch/html';
import type { Status } from '../status.js';
import { span } from '../wording.js';
import { STYLE } from './style.js';

export interface Frame {
  readonly title: string;
  readonly heading: Content;
  readonly about: Pick<Status, 'version' | 'uptime'>;
  /** Where the page itself is. Links are relative: it may stand behind a proxy under a path. */
  readonly here: string;
  /** More ways to go, before the others. */
  readonly ways?: readonly (readonly [to: string, text: string])[];
  readonly sections: Html;
}

const WAYS = [
  ['metrics', '/metrics'],
  ['healthz', '/healthz'],
  ['readyz', '/readyz'],
] as const;

/** A whole HTML page. */
export function frame({ title, heading, about, here, ways = [], sections }: Frame): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<div>
<h1>${heading}</h1>
<p class="muted">Version ${about.version}, running for ${span(about.uptime)}. The page shows one moment: <a href="${here}">reload</a> it for the next.</p>
</div>
<nav aria-label="Pages of the exporter"><ul>
${[...ways, ...WAYS].map(([to, text]) => html`<li><a href="${to}">${text}</a></li>\n`)}</ul></nav>
</header>
<main>
${sections}
</main>
</body>
</html>
`.text;
}
