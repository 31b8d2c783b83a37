// The colours of the landing page, light and dark. Each pair that meets on the page is held to WCAG AA by a test.

const light = {
  page: '#f5f6f8',
  panel: '#ffffff',
  text: '#1b2230',
  muted: '#545e70',
  line: '#d9dee6',
  shadow: '#c9d0db',
  link: '#0b57b0',
  code: '#eef1f5',
  problem: '#b3261e',
  'on-problem': '#ffffff',
  warning: '#8a5300',
  'on-warning': '#ffffff',
  note: '#3d5a86',
  'on-note': '#ffffff',
  ok: '#1a6b3b',
  'on-ok': '#ffffff',
};

export type Colour = keyof typeof light;

const dark: Record<Colour, string> = {
  page: '#11151c',
  panel: '#191f29',
  text: '#e4e8ef',
  muted: '#a3adbd',
  line: '#2e3746',
  shadow: '#05070a',
  link: '#8fbcff',
  code: '#262e3b',
  problem: '#ffb0a8',
  'on-problem': '#4a0804',
  warning: '#f2c46d',
  'on-warning': '#362300',
  note: '#a9c6f5',
  'on-note': '#0c2346',
  ok: '#8fd6a8',
  'on-ok': '#053118',
};

export const PALETTES: Readonly<Record<'light' | 'dark', Readonly<Record<Colour, string>>>> = { light, dark };

/** What stands on what. */
export const PAIRS: readonly (readonly [foreground: Colour, background: Colour])[] = [
  ['text', 'page'],
  ['text', 'panel'],
  ['text', 'code'],
  ['muted', 'page'],
  ['muted', 'panel'],
  ['link', 'page'],
  ['link', 'panel'],
  ['on-problem', 'problem'],
  ['on-warning', 'warning'],
  ['on-note', 'note'],
  ['on-ok', 'ok'],
];

/** As CSS custom properties. */
export function properties(palette: Readonly<Record<Colour, string>>): string {
  return Object.entries(palette)
    .map(([colour, value]) => `--${colour}:${value}`)
    .join(';');
}
