// A mail as a mail program shows it: subject, and its HTML in a frame that may neither run a script nor load anything.
import type { ReceivedMessage } from '@celery-watch/testbed';
import { html, type Html } from '@celery-watch/html';

/** Links open beside the demo. */
const BASE = '<base target="_blank">';

export function showMail({ title, text, html: body = '' }: ReceivedMessage): Html {
  const shown =
    body === ''
      ? html`<pre>${text}</pre>`
      : html`<iframe title="The mail “${title}”" sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox" srcdoc="${BASE + body}"></iframe>`;
  return html`<p class="heading">${title}</p>${shown}`;
}
