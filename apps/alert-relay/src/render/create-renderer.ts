// The renderer of one channel: a message becomes parts that fit, in its markup, language and time zone.
import type { Part } from '../channels/channel.js';
import type { Message } from '../notification/index.js';
import type { Lens } from './alert-view.js';
import { covers, cutMessage, type Cut } from './cut.js';
import type { Look, Rendered, Renderer, RenderRequest } from './renderer.js';
import { withRunbooks } from './runbook.js';
import { Sections } from './sections.js';
import { Sheet, sharedLinks } from './sheet.js';
import { builtInTemplates, SECTIONS, userTemplates, type UserTemplates } from './templates.js';
import { createTimes } from './times.js';
import { wordsOf } from './languages.js';

const NONE: UserTemplates = { render: {}, failures: [] };

/**
 * Reads templates now; throws only where a built-in one is missing or the time zone is unknown, that is never for what
 * a user wrote in a template.
 */
export function createRenderer(look: Look): Renderer {
  const { locale, timezone, markup } = look;
  builtInTemplates(markup);
  builtInTemplates('plain');
  const times = createTimes(locale, timezone);
  const words = wordsOf(locale);
  const user = look.templates === undefined ? NONE : userTemplates(look.templates, markup);
  return {
    render(given) {
      const message = withRunbooks(given.message, look.runbookBase);
      const request = { ...given, message };
      const lens: Lens = {
        locale,
        words,
        times,
        now: message.composedAt,
        mixed: message.groups.length > 1,
        shared: sharedLinks(message),
      };
      const sections = new Sections(markup, user);
      let rendered = attempt(request, lens, timezone, sections);
      // Each round gives up at least one template, so that a message is in one style.
      for (let round = 0; round < SECTIONS.length && sections.changed; round++)
        rendered = attempt(request, lens, timezone, sections);
      if (!rendered.parts.every(request.fits) && sections.giveUp('the message does not fit with it'))
        rendered = attempt(request, lens, timezone, sections);
      return { ...rendered, failures: sections.failures };
    },
  };
}

function attempt(
  { message, id, plan, possibleDuplicate, sentAt = message.composedAt, fits, maxParts }: RenderRequest,
  lens: Lens,
  timezone: string,
  sections: Sections,
): Omit<Rendered, 'failures'> {
  const sheet = new Sheet({ message, id, sentAt, timezone, lens, sections, fits });
  const known = plan !== undefined && covers(plan, message.alerts.length) ? plan : undefined;
  const cuts: readonly Cut[] =
    known ??
    cutMessage({
      alerts: message.alerts.length,
      urgent: urgentOf(message),
      maxParts: Math.max(1, maxParts),
      fits: (cut) => sheet.fits(cut),
      linesOfFold: (from) => sheet.linesOfFold(from),
    });
  const parts: Part[] = cuts.map((cut, i) =>
    sheet.part(cut, { index: i + 1, total: cuts.length, possibleDuplicate, sentAt }),
  );
  return { parts, plan: known ?? cuts.map((cut) => ({ ...cut, state: 'waiting' as const })) };
}

/** Alerts are in order of urgency: how many of the first fire and are critical. */
function urgentOf({ alerts }: Message): number {
  const end = alerts.findIndex(({ alert, urgency }) => alert.status !== 'firing' || urgency !== 'critical');
  return end === -1 ? alerts.length : end;
}
