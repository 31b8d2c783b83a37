// The sections of one message in the channel's markup and in plain text: the user's templates where they work, else the
// built-in ones.
import type { Markup } from '../channels/channel.js';
import { builtInTemplates, lineBreak, reason, type Render, type Section, type UserTemplates } from './templates.js';

/** A text in both forms that a part carries. */
export interface Both {
  readonly body: string;
  readonly plain: string;
}

/** An alert, or the name of a message, may not disappear because a template has nothing to say. */
const NEVER_EMPTY: ReadonlySet<Section> = new Set(['title', 'alert', 'line', 'fold']);

/**
 * Templates of one rendering. What fails once is not tried again, so that an endless template costs its time limit
 * once.
 */
export class Sections {
  readonly #markup: Markup;
  readonly #user: UserTemplates;
  readonly #failed = new Map<Section, string>();
  #changed = false;

  constructor(markup: Markup, user: UserTemplates) {
    this.#markup = markup;
    this.#user = user;
  }

  get lineBreak(): string {
    return lineBreak(this.#markup);
  }

  /** What was wrong, one line each. */
  get failures(): string[] {
    return [...this.#user.failures, ...[...this.#failed].map(([section, why]) => `${section}.liquid: ${why}`)];
  }

  /** Whether a template failed since the last question: what was rendered before it is in two styles. */
  get changed(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  /** Leaves the user's templates for good; false where none is left. */
  giveUp(why: string): boolean {
    const left = Object.keys(this.#user.render).filter((section) => !this.#failed.has(section as Section));
    for (const section of left) this.#failed.set(section as Section, why);
    return left.length > 0;
  }

  both(section: Section, scope: object): Both {
    const plain = builtInTemplates('plain');
    const body = this.one(section, scope);
    return { body, plain: this.#markup === 'plain' ? body : plain(section, scope) };
  }

  /** In the channel's markup; a title in none. */
  one(section: Section, scope: object): string {
    const render = this.#user.render[section];
    if (render !== undefined && !this.#failed.has(section)) {
      try {
        const text = render(scope);
        if (text.trim() !== '' || !NEVER_EMPTY.has(section)) return text;
        this.#fail(section, 'it renders nothing');
      } catch (error) {
        this.#fail(section, reason(error));
      }
    }
    const builtIn: Render = builtInTemplates(this.#markup);
    return builtIn(section, scope);
  }

  #fail(section: Section, why: string): void {
    this.#failed.set(section, why);
    this.#changed = true;
  }
}
