// The inbox page around its fragments. It loads nothing from elsewhere.
import type { Cause } from '../causes/table.js';
import { CHANNEL_FACTS, CHANNELS } from '../parts/channels.js';
import type { Fragment } from './view.js';
import { html, Html } from '@celery-watch/html';

const ICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 16 16%22%3E%3Crect width=%2216%22 height=%2216%22 rx=%224%22 fill=%22%231a6b3b%22/%3E%3Cpath d=%22M3 9h2l2-5 2 8 2-4h2%22 fill=%22none%22 stroke=%22white%22 stroke-width=%221.5%22/%3E%3C/svg%3E';

/** `run`: names this run of the demo; a page of an earlier one loads itself again. */
export function page(run: string, fragments: readonly Fragment[], causes: Readonly<Record<string, Cause>>): string {
  const slot = (name: Fragment['slot']): Html =>
    new Html(
      fragments
        .filter((each) => each.slot === name)
        .map((each) => each.html)
        .join('\n'),
    );
  return html`<!doctype html>
<html lang="en" data-run="${run}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Inbox · celery-watch demo</title>
<link rel="icon" href="${new Html(ICON)}">
<link rel="stylesheet" href="/style.css">
<script type="module" src="/client.js"></script>
</head>
<body>
<header class="top">
<h1>celery-watch <span>demo</span></h1>
<p class="muted">A real Celery shop, watched by the real pipeline. Break something and follow the alert to the people who must know. Minutes pass as seconds.</p>
</header>
<main>
<p id="gone" class="gone" role="alert" hidden>The demo cannot be reached: it has ended, or is not there for a moment.</p>
<nav aria-label="Parts of the demo" id="parts">${slot('parts')}</nav>
<section class="controls" aria-label="What to do">
<div class="buttons">
${Object.entries(causes).map(
  ([
    name,
    { title, key },
  ]) => html`<button type="button" data-action="/cause/${name}" data-name="${name}" data-key="${key}" aria-keyshortcuts="${key}" aria-pressed="false"><kbd>${key}</kbd> ${title}</button>
`,
)}<button type="button" class="repair" data-action="/repair" data-name="repair" data-key="R" aria-keyshortcuts="Shift+R"><kbd>⇧R</kbd> Repair</button>
</div>
<p id="said" role="status" aria-live="polite"></p>
</section>
<section aria-labelledby="way">
<h2 id="way">The alert’s way</h2>
<div id="journeys" class="slot">${slot('journeys')}</div>
<p class="empty">Nothing is wrong. Press a button above, or its key.</p>
</section>
<section aria-labelledby="inbox">
<div class="inbox-head"><h2 id="inbox">Inbox</h2>
<fieldset class="filter"><legend class="hidden">Show the messages of</legend>
<label><input type="radio" name="channel" value="" checked>All</label>${CHANNELS.map((name) => html`<label><input type="radio" name="channel" value="${name}">${CHANNEL_FACTS[name].title}</label>`)}
</fieldset></div>
<div id="messages" class="slot">${slot('messages')}</div>
<p class="empty">No message yet: nobody has had to be told of anything.</p>
</section>
</main>
<footer class="muted"><p>The mail server and the chat servers are local stand-ins that are as strict as the real ones; everything else is the real program. Each message is shown as its app shows it.</p></footer>
</body>
</html>
`.text;
}
