// Templates: the built-in ones of each markup, and the user's own, which are tried first and never trusted.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Context, Liquid, type Template } from 'liquidjs';
import type { Markup } from '../channels/channel.js';
import { escapeFor, link } from './markup.js';
import { reason, type TemplateFiles } from './template-files.js';
import { TEMPLATE_NAMES, type TemplateName } from './template-names.js';

const BUILT_IN = path.join(import.meta.dirname, '../../templates');
/** Characters of a user's template, and of what one rendering of it makes on the way. */
const LIMITS = { parseLimit: 100_000, memoryLimit: 2_000_000 };
/**
 * The steps that a user's template may take for one section, and for all sections of one message: some 100 ms, and half
 * a second. Steps, not time: a machine that is busy, or was stopped, must not make a good template fail.
 */
const STEPS = { section: 50_000, message: 250_000 };

/** Renders a section. Rejects nothing: throws what is wrong with the template. */
export type Render = (section: TemplateName, scope: object) => string;

/** Counts the steps of one message's templates. */
export interface StepCount {
  taken: number;
}

export interface UserTemplates {
  /** Undefined for a section that the user leaves to us. Throws after too many steps. */
  readonly render: Partial<Record<TemplateName, (scope: object, steps: StepCount) => string>>;
  /** What could not be read or parsed, one line each. */
  readonly failures: readonly string[];
  /** What stands in the folder as if it were a template, and is none: one line each. */
  readonly strays: readonly string[];
}

const builtIn = new Map<Markup, Render>();

/** The built-in templates of a markup, parsed once. A title has no markup, so its template is shared. */
export function builtInTemplates(markup: Markup): Render {
  const known = builtIn.get(markup);
  if (known !== undefined) return known;
  const parsed = new Map<TemplateName, (scope: object) => string>();
  for (const section of TEMPLATE_NAMES) {
    const file =
      section === 'title' ? path.join(BUILT_IN, 'title.liquid') : path.join(BUILT_IN, markup, `${section}.liquid`);
    // Without limits: they are ours, and what they are given is bounded.
    parsed.set(section, parse(markupOf(section, markup), readFileSync(file, 'utf8')));
  }
  const render: Render = (section, scope) => parsed.get(section)?.(scope) ?? '';
  builtIn.set(markup, render);
  return render;
}

/** The user's templates, ready to be used. Never throws. */
export function userTemplates({ texts, failures: unread, strays }: TemplateFiles, markup: Markup): UserTemplates {
  const render: UserTemplates['render'] = {};
  const failures = [...unread];
  for (const section of TEMPLATE_NAMES) {
    const text = texts[section];
    if (text === undefined) continue;
    try {
      render[section] = parse(markupOf(section, markup), text);
    } catch (error) {
      failures.push(`${section}.liquid: ${reason(error)}`);
    }
  }
  return { render, failures, strays };
}

function markupOf(section: TemplateName, markup: Markup): Markup {
  return section === 'title' ? 'plain' : markup;
}

const engines = new Map<Markup, Liquid>();

function parse(markup: Markup, source: string): (scope: object, steps?: StepCount) => string {
  const engine = engines.get(markup) ?? createEngine(markup);
  engines.set(markup, engine);
  const template: Template[] = engine.parse(source);
  return (scope, steps) =>
    tidy(
      markup,
      String(
        engine.renderSync(template, steps === undefined ? unlimited(engine, scope) : limited(engine, scope, steps)),
      ),
    );
}

function unlimited(engine: Liquid, scope: object): Context {
  return new Context(scope, engine.options, { sync: true, memoryLimit: Infinity }, { liquid: engine });
}

/** The engine's own limit counts milliseconds; it is asked at each step, and so it can count those. */
function limited(engine: Liquid, scope: object, steps: StepCount): Context {
  const context = new Context(scope, engine.options, { sync: true }, { liquid: engine });
  const end = Math.min(steps.taken + STEPS.section, STEPS.message);
  context.renderLimit.check = () => {
    if (++steps.taken > end) throw new Error('template render limit exceeded: it takes too many steps');
  };
  return context;
}

/** Writing a long text costs as much as many steps. */
const CHARACTERS_A_STEP = 100;

function charge(context: Context, text: string): string {
  for (let left = text.length; left >= CHARACTERS_A_STEP; left -= CHARACTERS_A_STEP) context.renderLimit.check(0);
  return text;
}

function createEngine(markup: Markup): Liquid {
  const engine = new Liquid({
    ...LIMITS,
    ownPropertyOnly: true,
    strictFilters: true,
    // Templates come from nowhere else: no include reads a file.
    templates: {},
    outputEscape(this: { readonly context: Context }, value: unknown) {
      return escapeFor(markup, charge(this.context, textOf(value)));
    },
  });
  // The engine's own `raw` would let the text of an alert through.
  engine.registerFilter('raw', function (value: unknown) {
    return typeof value === 'string' ? charge(this.context, value) : value;
  });
  // {{ link.url | link: link.text }}, and a style for HTML: what comes out is markup already.
  engine.registerFilter('link', {
    raw: true,
    handler: (url: unknown, text: unknown, style: unknown) => link(markup, textOf(url), textOf(text), textOf(style)),
  });
  return engine;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.map(textOf).join('');
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

/** Lines of a template that come out empty are left out. */
function tidy(markup: Markup, text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  return lines.join(lineBreak(markup));
}

/** DingTalk breaks a line only after two spaces. */
function lineBreak(markup: Markup): string {
  return markup === 'dingtalk' ? '  \n' : '\n';
}

/** A text in both forms that a part carries. */
export interface MarkupAndPlain {
  readonly body: string;
  readonly plain: string;
}

/** A template that renders nothing must not make an alert or a title disappear. */
const NEVER_EMPTY: ReadonlySet<TemplateName> = new Set(['title', 'alert', 'line', 'fold']);

/**
 * The sections of one message in the channel's markup and in plain text: the user's templates where they work, else the
 * built-in ones. It serves one rendering: what fails once is not tried again, so that an endless template costs its
 * steps once.
 */
export class SectionRenderer {
  readonly #markup: Markup;
  readonly #user: UserTemplates;
  readonly #failed = new Map<TemplateName, string>();
  readonly #steps: StepCount = { taken: 0 };
  #changed = false;

  constructor(markup: Markup, user: UserTemplates) {
    this.#markup = markup;
    this.#user = user;
  }

  get lineBreak(): string {
    return lineBreak(this.#markup);
  }

  /** Whether the user's own template renders this section. */
  isOwn(section: TemplateName): boolean {
    return this.#user.render[section] !== undefined && !this.#failed.has(section);
  }

  /** What was wrong, one line each. */
  get failures(): string[] {
    return [...this.#user.failures, ...[...this.#failed].map(([section, why]) => `${section}.liquid: ${why}`)];
  }

  /** Whether a template failed since this was last asked: then what was rendered before has another style. */
  get changed(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  /** Leaves the user's templates for good; false where none is left. */
  giveUp(why: string): boolean {
    const left = Object.keys(this.#user.render).filter((section) => !this.#failed.has(section as TemplateName));
    for (const section of left) this.#failed.set(section as TemplateName, why);
    return left.length > 0;
  }

  both(section: TemplateName, scope: object): MarkupAndPlain {
    const plain = builtInTemplates('plain');
    const body = this.one(section, scope);
    return { body, plain: this.#markup === 'plain' ? body : plain(section, scope) };
  }

  /** In the channel's markup; a title in none. */
  one(section: TemplateName, scope: object): string {
    const render = this.#user.render[section];
    if (render !== undefined && !this.#failed.has(section)) {
      try {
        const text = render(scope, this.#steps);
        if (text.trim() !== '' || !NEVER_EMPTY.has(section)) return text;
        this.#fail(section, 'it renders nothing');
      } catch (error) {
        this.#fail(section, reason(error));
      }
    }
    const builtIn: Render = builtInTemplates(this.#markup);
    return builtIn(section, scope);
  }

  #fail(section: TemplateName, why: string): void {
    this.#failed.set(section, why);
    this.#changed = true;
  }
}
