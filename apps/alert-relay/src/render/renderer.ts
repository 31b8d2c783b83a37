// What rendering promises to delivery: a message becomes parts that fit, whatever is in it.
import type { Locale } from '../settings/locale.js';
import type { Markup, Part } from '../channels/channel.js';
import type { Message, PlannedPart } from '../notification/index.js';

/** How one channel wants its messages. */
export interface Look {
  readonly markup: Markup;
  readonly locale: Locale;
  /** An IANA name. */
  readonly timezone: string;
  /** A folder with the user's own templates, each replacing the built-in one of its name. */
  readonly templates?: string;
  /** Where the repository is read in which runbooks that are paths stand: they become links below it. */
  readonly runbookBase?: string;
}

export interface RenderRequest {
  readonly message: Message;
  /** The message's id: parts take their keys from it. */
  readonly id: string;
  /** How an earlier attempt cut it; parts of the answer are the same then. */
  readonly plan: readonly PlannedPart[] | undefined;
  readonly possibleDuplicate: boolean;
  /**
   * The moment of this attempt, in milliseconds since 1970: what came late says so. It changes neither keys nor the
   * cut. Default: when the message was composed.
   */
  readonly sentAt?: number;
  /** Whether the server would take this part: the channel dresses and measures it. */
  readonly fits: (part: Part) => boolean;
  /**
   * In how many parts a message may come before alerts are shown in lines, and at last folded to names with numbers.
   */
  readonly maxParts: number;
}

export interface Rendered {
  /** At least one. */
  readonly parts: readonly Part[];
  /** One entry for each part, in its order. */
  readonly plan: readonly PlannedPart[];
  /** What was wrong with the user's templates, one line each; the built-in ones took their place. */
  readonly failures: readonly string[];
}

export interface Renderer {
  render(request: RenderRequest): Rendered;
}
