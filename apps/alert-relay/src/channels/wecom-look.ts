// How a message looks in WeCom: short Markdown, or plain text where somebody must be called by mobile number
// (docs/protocol/channels.md#wecom).
import type { Dressed, Look, Part } from './channel.js';
import { dressed } from './dressed.js';
import { type Mention, mentionedBy } from './mention.js';
import { bytes, pieces, robotMarkdown, titleLine } from './wording.js';

export const MARKDOWN_BYTES = 4096;
const TEXT_BYTES = 2048;

export const WECOM_LOOK: Look<{ readonly mention: Mention }> = {
  markup: 'wecom',
  dresser:
    ({ mention }) =>
    (part) =>
      dress(part, mention),
};

function dress(part: Part, setting: Mention): Dressed {
  const mention = mentionedBy(part, setting);
  return mention !== undefined && (mention.all || mention.mobiles.length > 0)
    ? asText(part, mention)
    : asMarkdown(part, mention);
}

function asMarkdown(part: Part, mention: Mention | undefined): Dressed {
  const names = mention?.user_ids.map((id) => `<@${id}>`) ?? [];
  const content = [
    `### ${robotMarkdown(part.title)}`,
    ...pieces(part.body),
    ...(names.length > 0 ? [names.join(' ')] : []),
  ].join('\n\n');
  return dressed(part, JSON.stringify({ msgtype: 'markdown', markdown: { content } }), bytes(content));
}

/** A plain text may be half as long as Markdown: a longer one counts as too large for both. */
function asText(part: Part, mention: Mention): Dressed {
  const content = [titleLine(part.title), ...pieces(part.plain)].join('\n\n');
  const text = {
    content,
    mentioned_list: [...mention.user_ids, ...(mention.all ? ['@all'] : [])],
    mentioned_mobile_list: mention.mobiles,
  };
  const size = bytes(content);
  return dressed(
    part,
    JSON.stringify({ msgtype: 'text', text }),
    size > TEXT_BYTES ? Math.max(size, MARKDOWN_BYTES + 1) : size,
  );
}
