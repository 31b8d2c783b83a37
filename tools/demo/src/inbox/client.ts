/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// The inbox page in the browser: takes changed fragments from the server, presses buttons by key, fits mails to their
// height.

interface Change {
  readonly slot: string;
  readonly id: string;
  readonly html: string;
  readonly version: string;
}
interface ButtonStates {
  readonly states: Readonly<Record<string, 'ready' | 'busy' | 'on'>>;
  readonly repair: 'ready' | 'busy' | 'idle';
}

const MOST_PER_SLOT = 40;
/** Between two messages. */
const GAP_PX = 14;
const gone = byId('gone');
const said = byId('said');

const events = new EventSource('/events');
events.addEventListener('open', () => {
  gone.hidden = true;
});
events.addEventListener('error', () => {
  gone.hidden = false;
});
on('hello', (run: string) => {
  if (document.documentElement.dataset['run'] !== run) location.reload();
});
on('change', put);
on('buttons', showButtons);
on('said', say);

function on(name: string, read: (data: never) => void): void {
  events.addEventListener(name, (event) => {
    read(JSON.parse((event as MessageEvent<string>).data) as never);
  });
}

/** In its place, or before all others. */
function put({ slot, id, html, version }: Change): void {
  const old = document.getElementById(id);
  if (old?.dataset['version'] === version) return;
  const frame = document.createElement('template');
  frame.innerHTML = html;
  const fresh = frame.content.firstElementChild;
  if (fresh === null) return;
  const parent = byId(slot);
  if (old === null) parent.prepend(fresh);
  else replace(old, fresh);
  while (parent.children.length > MOST_PER_SLOT) parent.lastElementChild?.remove();
  fitFrames(parent);
  layBricks();
}

/** A frame that says the same stays: loading it again would flicker. */
function replace(old: HTMLElement, fresh: Element): void {
  const [oldBody, freshBody] = [old.querySelector('.body'), fresh.querySelector('.body')];
  const same = oldBody?.querySelector('iframe')?.srcdoc === freshBody?.querySelector('iframe')?.srcdoc;
  if (oldBody?.querySelector('iframe') === null || oldBody === null || freshBody === null || !same) {
    old.replaceWith(fresh);
    return;
  }
  const [oldHead, freshHead] = [old.querySelector('header'), fresh.querySelector('header')];
  if (oldHead !== null && freshHead !== null) oldHead.replaceWith(freshHead);
  old.dataset['version'] = (fresh as HTMLElement).dataset['version'] ?? '';
}

function showButtons({ states, repair }: ButtonStates): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-name]')) {
    const state = button.dataset['name'] === 'repair' ? repair : states[button.dataset['name'] ?? ''];
    button.dataset['state'] = state;
    button.setAttribute('aria-busy', String(state === 'busy'));
    if (button.hasAttribute('aria-pressed')) button.setAttribute('aria-pressed', String(state === 'on'));
  }
}

function say(text: string): void {
  said.textContent = text;
}

async function press(button: HTMLButtonElement): Promise<void> {
  const action = button.dataset['action'] ?? '';
  try {
    // The header keeps other sites from pressing buttons here: a browser asks before it sends one, and nobody allows
    // it.
    const response = await fetch(action, { method: 'POST', headers: { 'X-Demo': 'yes' } });
    say(((await response.json()) as { text: string }).text);
  } catch {
    say('The demo did not answer.');
  }
}

document.addEventListener('click', (event) => {
  const button = (event.target as Element).closest<HTMLButtonElement>('button[data-action]');
  if (button !== null) void press(button);
});

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const button = [...document.querySelectorAll<HTMLButtonElement>('button[data-key]')].find(
    (each) => each.dataset['key'] === event.key,
  );
  if (button === undefined) return;
  event.preventDefault();
  void press(button);
});

document.querySelector('.filter')?.addEventListener('change', (event) => {
  byId('messages').dataset['only'] = (event.target as HTMLInputElement).value;
});

/** Rows of one pixel let each message begin where the one above it ends; their order stays. */
const heights = new ResizeObserver((entries) => {
  for (const { target } of entries)
    (target as HTMLElement).style.gridRowEnd = `span ${Math.ceil(target.getBoundingClientRect().height + GAP_PX)}`;
});
function layBricks(): void {
  byId('messages').classList.add('bricks');
  for (const each of byId('messages').children) heights.observe(each);
}

/** A mail is as high as what is in it. */
function fitFrames(parent: ParentNode): void {
  for (const frame of parent.querySelectorAll('iframe')) {
    if (frame.dataset['fits'] === 'yes') continue;
    frame.dataset['fits'] = 'yes';
    const fit = (): void => {
      const { contentDocument: mail } = frame;
      if (mail?.body) frame.style.height = `${mail.body.scrollHeight}px`;
    };
    frame.addEventListener('load', fit);
    new ResizeObserver(fit).observe(frame);
    fit();
  }
}
fitFrames(document);
layBricks();

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}
