// How a message looks in DingTalk: Markdown, with the names of those who are called in it
// (docs/protocol/channels.md#dingtalk).
import type { Dressed, Look, Part } from './channel.js';
import { dressed } from './dressed.js';
import { type Mention, mentionedBy } from './mention.js';
import { bytes, pieces, robotMarkdown, titleLine } from './wording.js';

export const DINGTALK_LOOK: Look<{ readonly mention: Mention }> = {
  markup: 'dingtalk',
  dresser:
    ({ mention }) =>
    (part) =>
      dress(part, mention),
};

function dress(part: Part, setting: Mention): Dressed {
  const mention = mentionedBy(part, setting);
  // Only who is named in the text too is notified.
  const names = mention === undefined ? [] : [...mention.mobiles, ...mention.user_ids].map((each) => `@${each}`);
  const text = [
    `### ${robotMarkdown(part.title)}`,
    ...pieces(part.body),
    ...(names.length > 0 ? [names.join(' ')] : []),
  ].join('\n\n');
  const content = JSON.stringify({
    msgtype: 'markdown',
    markdown: { title: titleLine(part.title), text },
    at: { atMobiles: mention?.mobiles ?? [], atUserIds: mention?.user_ids ?? [], isAtAll: mention?.all ?? false },
    msgUuid: part.key,
  });
  return dressed(part, content, bytes(content));
}
