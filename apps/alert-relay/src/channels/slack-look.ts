// How a message looks in Slack: a headline, and Block Kit sections beside a coloured line
// (docs/protocol/channels.md#slack).
import { clip } from '@celery-watch/service/texts';
import type { Dressed, Look, Part, Tone } from './channel.js';
import { dressed } from './dressed.js';
import { type Mention, mentionedBy } from './mention.js';
import { pieces, slackText, titleLine } from './wording.js';

/** Slack's limits of one message. */
const BLOCKS = 50;
const SECTION = 3000;
const HEADER = 150;
/** Slack gives no limit for the whole; beyond this nobody reads, and it cuts texts of old clients at 40,000. */
export const SLACK_LIMIT = 12_000;

const COLOURS: Readonly<Record<Tone, string>> = {
  critical: '#d0021b',
  warning: '#f5a623',
  info: '#4a90e2',
  resolved: '#2eb67d',
};

export const SLACK_LOOK: Look<{ readonly mention: Mention }> = {
  markup: 'slack',
  dresser:
    ({ mention }) =>
    (part) =>
      dress(part, mention),
};

function dress(part: Part, setting: Mention): Dressed {
  const title = titleLine(part.title);
  const mention = mentionedBy(part, setting);
  const texts = pieces(part.body);
  const callers = mention === undefined ? [] : [{ type: 'section', text: { type: 'mrkdwn', text: namesOf(mention) } }];
  const sections = texts.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }));
  const content = JSON.stringify({
    // With blocks beside it, this text is what the notification on the phone shows.
    text: clip(slackText(title), SECTION),
    blocks: [{ type: 'header', text: { type: 'plain_text', text: clip(title, HEADER), emoji: false } }, ...callers],
    attachments: sections.length === 0 ? [] : [{ color: COLOURS[part.tone], blocks: sections }],
    unfurl_links: false,
    unfurl_media: false,
  });
  const tooLarge = 1 + callers.length + sections.length > BLOCKS || texts.some((each) => each.length > SECTION);
  const length = texts.reduce((sum, each) => sum + each.length, Math.min(title.length, HEADER));
  return dressed(part, content, tooLarge ? Math.max(length, SLACK_LIMIT + 1) : length);
}

function namesOf(mention: Mention): string {
  return [
    ...(mention.all ? ['<!channel>'] : []),
    ...mention.user_ids.map((id) => (id.startsWith('S') ? `<!subteam^${id}>` : `<@${id}>`)),
  ].join(' ');
}
