// How a message looks where a person is looking at a stream: plain text.
import type { Dressed, Look, Part } from './channel.js';
import { dressed } from './dressed.js';
import { bytes, pieces, titleLine } from './wording.js';

/** Its settings have no say in it. */
export const CONSOLE_LOOK: Look<unknown> = { markup: 'plain', dresser: () => dress };

function dress(part: Part): Dressed {
  const content = `${[`=== ${titleLine(part.title)}`, ...pieces(part.plain)].join('\n\n')}\n\n`;
  return dressed(part, content, bytes(content));
}
