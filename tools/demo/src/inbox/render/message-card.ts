// One message of the inbox: where it came, what its server said, when, how long after its cause, and the message as its
// app shows it.
import { CHANNEL_FACTS, type ChannelName } from '../../parts/channels.js';
import type { Journey } from '../../hops/journeys.js';
import type { InboxMessage } from '../../hops/records.js';
import { showFeishu } from './feishu.js';
import { html, type Html } from '@celery-watch/html';
import { showDingtalk, showWecom } from './robot.js';
import { showSlack } from './slack.js';
import { clock, seconds } from './journey-card.js';
import type { ReceivedMessage } from '@celery-watch/testbed';

const BODIES: Readonly<Record<ChannelName, (message: InboxMessage['message']) => Html>> = {
  mail: showMail,
  slack: ({ raw }) => showSlack(raw),
  dingtalk: ({ raw }) => showDingtalk(raw),
  wecom: ({ raw }) => showWecom(raw),
  feishu: ({ raw }) => showFeishu(raw),
};

export function messageCard({ id, channel, message }: InboxMessage, journeys: readonly Journey[]): Html {
  const { title, native, language } = CHANNEL_FACTS[channel];
  const verdict = message.accepted
    ? html`<span class="ok">accepted</span>`
    : html`<span class="bad">refused: ${message.refusal ?? ''}</span>`;
  return html`<article class="message ${channel}" id="message-${id}" data-channel="${channel}" lang="${language}">
<header lang="en"><h3>${title}${native === undefined ? '' : html` <span lang="zh-CN">${native}</span>`}</h3>${verdict}<time datetime="${new Date(message.at).toISOString()}">${clock(message.at)}</time>
<p class="story">${storyOf(channel, message.at, journeys)}</p></header>
<div class="body">${bodyOf(channel, message)}</div>
</article>`;
}

/** A refused message may be anything. */
function bodyOf(channel: ChannelName, message: InboxMessage['message']): Html {
  try {
    return BODIES[channel](message);
  } catch {
    return html`<pre>${message.raw.slice(0, 4000)}</pre>`;
  }
}

/** The hops that this message is: which alerts, and how long after their cause or their repair. */
function storyOf(channel: ChannelName, at: number, journeys: readonly Journey[]): readonly Html[] {
  return journeys.flatMap(({ alert, alarm, clear }) =>
    (
      [
        ['alarm', alarm],
        ['clear', clear],
      ] as const
    ).flatMap(([way, { from, hops }]) => {
      if (!hops.some((hop) => hop.name === 'delivered' && hop.channel === channel && hop.at === at)) return [];
      const caused = hops.some(({ name }) => name === (way === 'alarm' ? 'cause' : 'repair'));
      const after =
        way === 'alarm'
          ? caused
            ? 'after the cause'
            : 'after the rule saw it'
          : caused
            ? 'after the repair'
            : 'after it was over';
      return [html`<span><b>${seconds(from, at)}</b> ${after} · ${alert}</span> `];
    }),
  );
}

/** Links open beside the demo. */
const BASE = '<base target="_blank">';

export function showMail({ title, text, html: body = '' }: ReceivedMessage): Html {
  const shown =
    body === ''
      ? html`<pre>${text}</pre>`
      : html`<iframe title="The mail “${title}”" sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox" srcdoc="${BASE + body}"></iframe>`;
  return html`<p class="heading">${title}</p>${shown}`;
}
