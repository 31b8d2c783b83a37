// One message from what is stored to what is sent: composed, cut, laid out, dressed and measured. Runs on a thread of
// its own or wherever else it is called; it touches no file but the built-in templates, and nobody's state.
import { LOOKS } from '../channels/looks.js';
import type { Dresser } from '../channels/channel.js';
import { compose, notificationOf } from '../notification/index.js';
import { revived } from '../settings/packed.js';
import type { Form, MessageJob, MessageParts, MessageSetup, PartsRequest } from './message-job.js';
import { plainMessage } from './plain-message.js';
import { createRenderer, type Renderer, type RenderSettings } from './renderer.js';

interface Maker {
  readonly version: string;
  readonly dress: Dresser;
  readonly renderer: Renderer;
}

/** Makes messages, and keeps what it has built for a channel until that changes. */
export class MessageMaker {
  readonly #makers = new Map<string, Maker>();

  /** Throws what went wrong; for `plain` only where the channel cannot dress it. */
  make({ setup, form, ...request }: MessageJob): MessageParts {
    if (form === 'plain') return plainMessage(request, { ...setup, markup: markupOf(setup), dress: dresserOf(setup) });
    const { dress, renderer } = this.#maker(setup, form);
    return layOut(request, setup.maxParts, renderer, dress);
  }

  #maker(setup: MessageSetup, form: Form): Maker {
    const { name, version } = setup;
    const key = `${form} ${name}`;
    const known = this.#makers.get(key);
    if (known?.version === version) return known;
    const { locale, timezone, templates, links } = setup;
    const settings: RenderSettings = {
      markup: markupOf(setup),
      locale,
      timezone,
      ...(form === 'own' && templates !== undefined && { templates }),
      links,
    };
    const maker: Maker = { version, dress: dresserOf(setup), renderer: createRenderer(settings) };
    this.#makers.set(key, maker);
    return maker;
  }
}

/** The usual form. */
export function layOut(request: PartsRequest, maxParts: number, renderer: Renderer, dress: Dresser): MessageParts {
  const { notifications, composedAt, id, plan, possibleDuplicate, sentAt, most } = request;
  const { parts, ...rest } = renderer.render({
    message: compose(notifications.map(notificationOf), composedAt),
    id,
    plan,
    possibleDuplicate,
    sentAt,
    fits: (part) => dress(part).size <= most,
    maxParts,
  });
  return { parts: parts.map(dress), ...rest };
}

function markupOf({ type }: MessageSetup): RenderSettings['markup'] {
  return LOOKS[type].markup;
}

function dresserOf({ type, settings, name }: MessageSetup): Dresser {
  return LOOKS[type].dresser(revived(settings), name);
}
