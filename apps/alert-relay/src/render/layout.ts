// One message laid out for one channel: builds every part that a cut could make, and keeps what was rendered once for
// the next question whether a part fits.
import { nameOf, type Alert, type Message, type MessageAlert } from '../notification/index.js';
import type { Part, Tone } from '../channels/channel.js';
import { viewAlert, viewFold, type ViewContext } from './alert-view.js';
import { furthest, SHORTEST, type Cut } from './cut.js';
import { closed } from './isolate.js';
import { cleanLine, cleanOwnLine, shorten, safeUrl } from './markup.js';
import { type MessageView, viewMessage } from './message-view.js';
import type { MarkupAndPlain, SectionRenderer } from './templates.js';
import type { Words } from './words.js';

const TITLE = 80;
/** Lines stand together in blocks of at most so many characters: Slack takes 3,000 in one. */
const BLOCK = 2_400;
/** The most lines before the rest is counted: nobody reads more. */
const MOST_FOLD_LINES = 200;
/** Larger than any number of parts that is sent, for measuring. */
const MANY = 88;

export interface LayoutRequest {
  readonly message: Message;
  readonly id: string;
  readonly sentAt: number;
  readonly timezone: string;
  readonly context: ViewContext;
  readonly templates: SectionRenderer;
  readonly fits: (part: Part) => boolean;
}

export interface PartPosition {
  readonly index: number;
  readonly total: number;
  readonly possibleDuplicate: boolean;
  readonly sentAt: number;
}

/**
 * The latest moment of an attempt, for measuring: later than any is made, and the longest in words (399 days 23 hr).
 */
const LATEST_MS = 400 * 86_400_000 - 1;

/** Every resend must fit too, so what is measured has all that a part could say. */
function worstOf({ composedAt }: Message): PartPosition {
  return { index: MANY, total: MANY, possibleDuplicate: true, sentAt: composedAt + LATEST_MS };
}

export class MessageLayout {
  readonly #request: LayoutRequest;
  readonly #worst: PartPosition;
  readonly #rendered = new Map<string, MarkupAndPlain>();
  readonly #folds = new Map<string, number>();

  constructor(request: LayoutRequest) {
    this.#request = request;
    this.#worst = worstOf(request.message);
  }

  fits(cut: Cut): boolean {
    return this.#request.fits(this.part(cut, this.#worst));
  }

  part(cut: Cut, position: PartPosition): Part {
    return this.#build(cut, position, cut.detail === 'folded' ? this.linesOfFold(cut.from, cut.clip) : 0);
  }

  /** How many alerts from here have a line before the rest is folded. */
  linesOfFold(from: number, clipped?: number): number {
    const { message, fits } = this.#request;
    const key = `${from} ${clipped}`;
    const known = this.#folds.get(key);
    if (known !== undefined) return known;
    const cut: Cut = {
      from,
      to: message.alerts.length,
      detail: 'folded',
      ...(clipped !== undefined && { clip: clipped }),
    };
    const most = Math.min(cut.to, from + MOST_FOLD_LINES);
    const lines =
      clipped === SHORTEST
        ? 0
        : furthest(from, most, 32, (end) => fits(this.#build(cut, this.#worst, end - from))) - from;
    this.#folds.set(key, lines);
    return lines;
  }

  #build(cut: Cut, position: PartPosition, foldLines: number): Part {
    const { message, id } = this.#request;
    const blocks = this.#blocks(cut, foldLines);
    const head = this.#frame('head', cut, position);
    // The shortest part says names and numbers only.
    const foot =
      cut.to >= message.alerts.length && cut.clip !== SHORTEST
        ? this.#frame('foot', cut, position)
        : { body: '', plain: '' };
    return {
      key: `${id}-${position.index}`,
      title: this.#title(position),
      ...(!this.#request.templates.isOwn('title') && {
        subject: `${this.#scope().message.subject}${suffixOf(position)}`,
      }),
      tone: toneOf(message, cut),
      body: { head: head.body, blocks: blocks.map((each) => each.body), foot: foot.body },
      plain: { head: head.plain, blocks: blocks.map((each) => each.plain), foot: foot.plain },
      index: position.index,
      total: position.total,
      message,
      from: cut.from,
      to: cut.to,
      sentAt: position.sentAt,
      possibleDuplicate: position.possibleDuplicate,
    };
  }

  #blocks(cut: Cut, foldLines: number): MarkupAndPlain[] {
    const { message } = this.#request;
    if (cut.detail === 'full')
      return message.alerts.slice(cut.from, cut.to).map((_, i) => this.#alert('alert', cut.from + i, cut.clip));
    const end = cut.detail === 'lines' ? cut.to : cut.from + foldLines;
    const lines: MarkupAndPlain[] = [];
    for (let i = cut.from; i < end; i++) lines.push(this.#alert('line', i, cut.clip));
    const blocks = inBlocks(lines, this.#request.templates.lineBreak);
    return end < cut.to ? [...blocks, this.#fold(end, cut.clip)] : blocks;
  }

  #alert(section: 'alert' | 'line', index: number, most: number | undefined): MarkupAndPlain {
    return this.#once(`${section} ${index} ${most}`, () => {
      const { message, context, templates } = this.#request;
      return templates.both(section, {
        ...this.#scope(),
        alert: viewAlert(message.alerts[index] as MessageAlert, context, most),
      });
    });
  }

  #fold(from: number, most: number | undefined): MarkupAndPlain {
    const { message, context, templates } = this.#request;
    return this.#once(`fold ${from} ${most}`, () =>
      templates.both('fold', { ...this.#scope(), fold: viewFold(message.alerts.slice(from), context, most) }),
    );
  }

  #frame(
    section: 'head' | 'foot',
    cut: Cut,
    { index, total, possibleDuplicate, sentAt }: PartPosition,
  ): MarkupAndPlain {
    const { message, context, templates } = this.#request;
    const { words, times } = context;
    const first = cut.from === 0;
    return this.#once(
      `${section} ${cut.from} ${cut.to} ${cut.clip} ${index} ${total} ${possibleDuplicate} ${sentAt}`,
      () => {
        const part = {
          first,
          index,
          total,
          continued: first
            ? ''
            : words.continued(times.count(cut.from + 1), times.count(cut.to), times.count(message.alerts.length)),
          duplicate: possibleDuplicate,
          title: this.#title({ index, total }),
          tone: toneOf(message, cut),
        };
        return templates.both(section, { ...this.#scope(possibleDuplicate, cut.clip, sentAt), part });
      },
    );
  }

  /** What every template may use. */
  #scope(
    possibleDuplicate = false,
    most?: number,
    sentAt = this.#request.sentAt,
  ): { message: MessageView; words: Words } {
    const { message, context, timezone } = this.#request;
    return {
      message: this.#view(`${possibleDuplicate} ${most} ${sentAt}`, () =>
        viewMessage(message, context, { possibleDuplicate, sentAt, timezone, most }),
      ),
      words: context.words,
    };
  }

  readonly #views = new Map<string, MessageView>();
  #view(key: string, make: () => MessageView): MessageView {
    const known = this.#views.get(key) ?? make();
    this.#views.set(key, known);
    return known;
  }

  #title({ index, total }: Pick<PartPosition, 'index' | 'total'>): string {
    const { templates, message } = this.#request;
    const suffix = suffixOf({ index, total });
    const { body } = this.#once('title', () => {
      const text = cleanOwnLine(templates.one('title', this.#scope()));
      return { body: text === '' ? cleanLine(nameOf(message.alerts[0]?.alert ?? NAMELESS)) : text, plain: '' };
    });
    return `${closed(shorten(body, TITLE - suffix.length - 1, '…'))}${suffix}`;
  }

  #once(key: string, make: () => MarkupAndPlain): MarkupAndPlain {
    const known = this.#rendered.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#rendered.set(key, made);
    return made;
  }
}

function suffixOf({ index, total }: Pick<PartPosition, 'index' | 'total'>): string {
  return total > 1 ? ` (${index}/${total})` : '';
}

const NAMELESS: Pick<Alert, 'labels'> & Alert = {
  status: 'firing',
  labels: {},
  annotations: {},
  startsAt: 0,
  generatorURL: '',
  fingerprint: '',
};

/**
 * The most urgent that fires in a part, and not what fires on beside the message; a first part stands for the whole
 * message.
 */
function toneOf(message: Message, { from, to }: Cut): Tone {
  if (from === 0) return message.told.status === 'resolved' ? 'resolved' : message.told.urgency;
  // Alerts are in order of urgency, and what fires comes before what does not.
  const first = message.alerts.slice(from, to).find(({ alert }) => alert.status === 'firing');
  return first?.urgency ?? 'resolved';
}

function inBlocks(lines: readonly MarkupAndPlain[], lineBreak: string): MarkupAndPlain[] {
  const blocks: { body: string[]; plain: string[]; size: number }[] = [];
  for (const { body, plain } of lines) {
    const last = blocks.at(-1);
    const size = Math.max(body.length, plain.length) + 3;
    if (last === undefined || last.size + size > BLOCK) blocks.push({ body: [body], plain: [plain], size });
    else {
      last.body.push(body);
      last.plain.push(plain);
      last.size += size;
    }
  }
  return blocks.map(({ body, plain }) => ({ body: body.join(lineBreak), plain: plain.join('\n') }));
}

const LINKS = ['dashboard', 'panel', 'image', 'silence'] as const;

/** Addresses, and runbooks that are none, which all alerts of a message have in common: they are shown once. */
export function sharedLinks({ alerts }: Message): ReadonlySet<string> {
  const [first, ...others] = alerts;
  if (first === undefined || others.length === 0) return new Set();
  const same = (of: (alert: Alert) => string | undefined): string | undefined => {
    const address = of(first.alert);
    return address !== undefined && others.every(({ alert }) => of(alert) === address)
      ? (safeUrl(address) ?? address)
      : undefined;
  };
  const found = [
    same((alert) => alert.generatorURL),
    ...['runbook_url', 'runbook', 'dashboard_url', 'dashboard'].map((name) => same((alert) => alert.annotations[name])),
    ...LINKS.map((name) => same((alert) => alert.links?.[name])),
  ];
  return new Set(found.filter((text): text is string => text !== undefined && text !== ''));
}
