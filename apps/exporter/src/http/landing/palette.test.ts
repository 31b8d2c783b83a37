// The colours: everything that is read meets WCAG AA on what it stands on, by day and by night.
import { describe, expect, it } from '@jest/globals';
import { type Colour, PAIRS, PALETTES, properties } from './palette.js';
import { STYLE } from './style.js';

describe.each(['light', 'dark'] as const)('the %s page', (which) => {
  it.each(PAIRS)('has %s on %s at 4.5 to 1 or better', (foreground, background) => {
    expect(contrast(PALETTES[which][foreground], PALETTES[which][background])).toBeGreaterThanOrEqual(4.5);
  });

  it('shows the edge of a finding at 3 to 1 or better', () => {
    for (const level of ['problem', 'warning', 'note', 'ok'] satisfies Colour[]) {
      expect(contrast(PALETTES[which][level], PALETTES[which].page)).toBeGreaterThanOrEqual(3);
    }
  });
});

describe('the style sheet', () => {
  it('uses only colours of the palette, and each that it uses exists', () => {
    const withoutPalettes = Object.values(PALETTES).reduce(
      (text, palette) => text.replace(properties(palette), ''),
      STYLE.text,
    );
    expect(withoutPalettes).not.toMatch(/#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(/i);
    const used = [...withoutPalettes.matchAll(/var\(--([a-z-]+)\)/g)].map(([, colour]) => colour);
    expect(
      used.filter((colour) => !['level', 'on-level', ...Object.keys(PALETTES.light)].includes(colour ?? '')),
    ).toEqual([]);
  });

  it('loads nothing and cannot end its element', () => {
    expect(STYLE.text).not.toMatch(/url\(|@import|<\//i);
  });
});

function contrast(a: string, b: string): number {
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
