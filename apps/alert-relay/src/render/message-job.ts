// One message to be made and what comes of it, as plain data: it goes to a thread and back.
import type { Dressed } from '../channels/channel.js';
import type { ChannelTypeName } from '../channels/table.js';
import type { PlannedPart, StoredNotification } from '../notification/index.js';
import type { Links } from '../settings/links.js';
import type { Locale } from '../settings/locale.js';
import type { Packed } from '../settings/packed.js';
import type { TemplateFiles } from './template-files.js';

/** What a channel's messages look like: plain data. */
export interface MessageSetup {
  /** The channel's name in the configuration. */
  readonly name: string;
  /** Equal where all of this is equal. */
  readonly version: string;
  readonly type: ChannelTypeName;
  /** The channel's own. */
  readonly settings: Packed;
  readonly locale: Locale;
  readonly timezone: string;
  readonly maxParts: number;
  readonly templates: TemplateFiles | undefined;
  readonly links: Links;
}

/**
 * With the user's templates where there are some, with the built-in ones alone, or without any (`plainMessage`): what
 * comes later in this list needs less.
 */
export type Form = 'own' | 'built-in' | 'plain';

export interface PartsRequest {
  /** Oldest first, at least one. */
  readonly notifications: readonly StoredNotification[];
  readonly composedAt: number;
  /** The message's id: parts take their keys from it. */
  readonly id: string;
  /** How an earlier attempt cut it. */
  readonly plan: readonly PlannedPart[] | undefined;
  readonly possibleDuplicate: boolean;
  /** Milliseconds since 1970: the moment of this attempt. */
  readonly sentAt: number;
  /** How large a part may be, in the server's own unit. */
  readonly most: number;
}

/** One message for one channel: plain data. */
export interface MessageJob extends PartsRequest {
  readonly setup: MessageSetup;
  readonly form: Form;
}

/** Plain data, too. */
export interface MessageParts {
  /** At least one, as they go out. */
  readonly parts: readonly Dressed[];
  /** One entry for each part, in its order. */
  readonly plan: readonly PlannedPart[];
  /** What was wrong with the user's templates, one line each; the built-in ones took their place. */
  readonly failures: readonly string[];
}
