// How a message looks in Feishu (and Lark): a card with a coloured header (docs/protocol/channels.md#feishu).
import type { Secret } from '@celery-watch/service/texts';
import type { Dressed, Look, Part, Tone } from './channel.js';
import { dressed } from './dressed.js';
import { type Mention, mentionedBy } from './mention.js';
import { bytes, pieces, titleLine } from './wording.js';

/** What a signature adds to the body. */
const SIGNATURE_BYTES = 100;

const COLOURS: Readonly<Record<Tone, string>> = { critical: 'red', warning: 'orange', info: 'blue', resolved: 'green' };

export const FEISHU_LOOK: Look<{ readonly mention: Mention; readonly secret?: Secret | undefined }> = {
  markup: 'feishu',
  dresser:
    ({ mention, secret: key }) =>
    (part) =>
      dress(part, mention, key === undefined ? 0 : SIGNATURE_BYTES),
};

function dress(part: Part, setting: Mention, reserved: number): Dressed {
  const mention = mentionedBy(part, setting);
  const names =
    mention === undefined
      ? []
      : [...(mention.all ? ['all'] : []), ...mention.user_ids].map((id) => `<at id=${id}></at>`);
  const texts = [...(names.length > 0 ? [names.join(' ')] : []), ...pieces(part.body)];
  const shown = texts.length > 0 ? texts : ['—'];
  const content = JSON.stringify({
    msg_type: 'interactive',
    card: {
      config: { wide_screen_mode: true },
      header: { template: COLOURS[part.tone], title: { tag: 'plain_text', content: titleLine(part.title) } },
      // Without an element the server refuses a card.
      elements: shown.flatMap((text, index) => [
        ...(index > 0 ? [{ tag: 'hr' }] : []),
        { tag: 'markdown', content: text },
      ]),
    },
  });
  return dressed(part, content, bytes(content) + reserved);
}
