// The renderer of one channel: a message becomes parts that fit, in its markup, language and time zone, whatever is in
// it.
import type { Markup, Part } from '../channels/channel.js';
import type { Message, PlannedPart } from '../notification/index.js';
import { type Links, NO_LINKS } from '../settings/links.js';
import type { Locale } from '../settings/locale.js';
import type { ViewContext } from './alert-view.js';
import { bounded } from './bounded.js';
import { covers, cutMessage, type Cut } from './cut.js';
import { createTimes, wordsOf } from './languages.js';
import { MessageLayout, sharedLinks } from './layout.js';
import { withOurLinks } from './our-links.js';
import type { TemplateFiles } from './template-files.js';
import { TEMPLATE_NAMES } from './template-names.js';
import { builtInTemplates, SectionRenderer, userTemplates, type UserTemplates } from './templates.js';

/** How one channel wants its messages. */
export interface RenderSettings {
  readonly markup: Markup;
  readonly locale: Locale;
  /** An IANA name. */
  readonly timezone: string;
  /** The user's own, each replacing the built-in one of its name. */
  readonly templates?: TemplateFiles;
  readonly links?: Links;
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
  /** What stands among the user's templates and is never read, one line each. */
  readonly strays: readonly string[];
  render(request: RenderRequest): Rendered;
}

const NONE: UserTemplates = { render: {}, failures: [], strays: [] };

/**
 * Throws only where a built-in template is missing or the time zone is unknown, that is never for what a user wrote in
 * a template.
 */
export function createRenderer(settings: RenderSettings): Renderer {
  const { locale, timezone, markup } = settings;
  builtInTemplates(markup);
  builtInTemplates('plain');
  const times = createTimes(locale, timezone);
  const words = wordsOf(locale);
  const user = settings.templates === undefined ? NONE : userTemplates(settings.templates, markup);
  return {
    strays: user.strays,
    render(given) {
      const message = withOurLinks(bounded(given.message), settings.links ?? NO_LINKS, locale);
      const request = { ...given, message };
      const context: ViewContext = {
        locale,
        words,
        times,
        now: message.composedAt,
        mixed: message.groups.length > 1,
        shared: sharedLinks(message),
      };
      const templates = new SectionRenderer(markup, user);
      let rendered = attempt(request, context, timezone, templates);
      // Each round gives up at least one template, so that a message is in one style.
      for (let round = 0; round < TEMPLATE_NAMES.length && templates.changed; round++)
        rendered = attempt(request, context, timezone, templates);
      if (!rendered.parts.every(request.fits) && templates.giveUp('the message does not fit with it'))
        rendered = attempt(request, context, timezone, templates);
      return { ...rendered, failures: templates.failures };
    },
  };
}

function attempt(
  { message, id, plan, possibleDuplicate, sentAt = message.composedAt, fits, maxParts }: RenderRequest,
  context: ViewContext,
  timezone: string,
  templates: SectionRenderer,
): Omit<Rendered, 'failures'> {
  const layout = new MessageLayout({ message, id, sentAt, timezone, context, templates, fits });
  const known = plan !== undefined && covers(plan, message.alerts.length) ? plan : undefined;
  const cuts: readonly Cut[] =
    known ??
    cutMessage({
      alerts: message.alerts.length,
      urgent: urgentOf(message),
      maxParts: Math.max(1, maxParts),
      fits: (cut) => layout.fits(cut),
      linesOfFold: (from) => layout.linesOfFold(from),
    });
  const parts: Part[] = cuts.map((cut, i) =>
    layout.part(cut, { index: i + 1, total: cuts.length, possibleDuplicate, sentAt }),
  );
  return { parts, plan: known ?? cuts.map((cut) => ({ ...cut, state: 'waiting' as const })) };
}

/** Alerts are in order of urgency: how many of the first fire and are critical. */
function urgentOf({ alerts }: Message): number {
  const end = alerts.findIndex(({ alert, urgency }) => alert.status !== 'firing' || urgency !== 'critical');
  return end === -1 ? alerts.length : end;
}
