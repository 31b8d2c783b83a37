// The user's own templates: they replace ours, are as harmless as ours, and what is wrong with them costs no alert.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Markup } from '../channels/channel.js';
import type { Rendered } from './renderer.js';
import { readTemplates } from './template-files.js';
import { builtInTemplates, SectionRenderer, userTemplates } from './templates.js';
import { alertOf, bytesOf, messageOf, render, textOf } from './testing.js';

const message = messageOf([
  alertOf({ queue: 'default', team: '*<ops>*' }, { summary: 'Queue default is too long' }),
  alertOf({ queue: 'mail' }, { summary: 'Queue mail is too long' }),
]);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'templates-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function withTemplates(templates: Record<string, string>, markup: Markup = 'slack', request = {}): Rendered {
  for (const [name, text] of Object.entries(templates)) writeFileSync(path.join(folder, name), text);
  return render({ markup, templates: folder }, { message, ...request });
}
const first = (rendered: Rendered): string => textOf(rendered.parts[0] ?? { body: { head: '', blocks: [], foot: '' } });
const ours = first(render({ markup: 'slack' }, { message }));

test('a template replaces the section of its name, in the markup and not in plain text', () => {
  const rendered = withTemplates({
    'alert.liquid':
      '*{{ alert.summary }}* in {{ alert.all.labels.queue }}{% for link in alert.links %} {{ link.url | link: link.text }}{% endfor %}\n',
  });
  expect(rendered.failures).toEqual([]);
  expect(rendered.parts[0]?.body.blocks[0]).toMatch(
    /^\*Queue default is too long\* in default <http:\/\/[^|]+\|Silence>$/,
  );
  expect(rendered.parts[0]?.plain.blocks[0]).toContain('Warning: Queue default');
  expect(first(rendered).split('\n')[0]).toBe(ours.split('\n')[0]);
});

test('every section can be replaced', () => {
  const rendered = withTemplates({
    'title.liquid': 'T <{{ message.tag }}>',
    'head.liquid': 'H {{ part.index }}/{{ part.total }}',
    'alert.liquid': 'A',
    'line.liquid': 'L {{ alert.name }}',
    'fold.liquid': 'F',
    'foot.liquid': '',
  });
  expect(rendered.parts[0]).toMatchObject({
    title: 'T <[FIRING:2 warning] >',
    body: { head: 'H 1/1', blocks: ['A', 'A'], foot: '' },
  });
  const lines = withTemplates({}, 'slack', { plan: [{ from: 0, to: 2, detail: 'lines', state: 'waiting' }] });
  expect(lines.parts[0]?.body.blocks).toEqual(['L HighCeleryQueueLength\nL HighCeleryQueueLength']);
});

test.each([
  ['an output', '{{ alert.all.labels.team }}'],
  ["the engine's own way around", '{{ alert.all.labels.team | raw }}'],
  ['an echo', '{% echo alert.all.labels.team %}'],
  ['a cycle', '{% cycle alert.all.labels.team, "x" %}'],
  ['a liquid block', '{% liquid echo alert.all.labels.team | raw %}'],
  ['a captured text', '{% capture x %}{{ alert.all.labels.team }}{% endcapture %}{{ x }}'],
  ['an assigned text', '{% assign x = alert.all.labels.team | append: "*" %}{{ x | raw }}'],
  ['a link that is none', '{{ "javascript:x" | link: alert.all.labels.team }} x'],
  ['a text joined to a link', '{{ "http://h" | link: "x" | append: alert.all.labels.team }}'],
  ['a whole object', '{{ alert.all.labels | json | raw }}{{ alert.all.labels }}'],
])('%s is escaped like in ours', (_, template) => {
  const rendered = withTemplates({ 'alert.liquid': `x ${template}` });
  expect(rendered.parts[0]?.body.blocks[0]).not.toMatch(/[*<>]/);
  expect(rendered.failures).toEqual([]);
});

describe('falls back to ours and is reported:', () => {
  test.each([
    ['a template that cannot be parsed', '{% if %}', /alert\.liquid: .+/],
    ['a tag that nobody knows', '{% unknown %}', /alert\.liquid: tag "unknown" not found/],
    ['a filter that nobody knows', '{{ alert.summary | shout }}', /alert\.liquid: undefined filter: shout/],
    ['one that throws', '{% for i in (1..999999999) %}{% endfor %}x', /alert\.liquid: .+limit/],
    [
      'an endless one',
      '{% for i in (1..1500) %}{% for j in (1..1500) %}{{ i }}{% endfor %}{% endfor %}',
      /alert\.liquid: .+limit/,
    ],
    [
      'one that eats memory',
      '{% assign x = "xxxxxxxxxx" %}{% for i in (1..30) %}{% assign x = x | append: x %}{% endfor %}{{ x }}',
      /alert\.liquid: .+limit/,
    ],
    ['one that calls another file', '{% include "/etc/passwd" %}{% render "secrets" %}', /alert\.liquid: .+/],
    [
      'one that says nothing',
      '{% if alert.summary contains "mail" %}{{ alert.summary }}{% endif %}',
      /alert\.liquid: it renders nothing/,
    ],
    ['one that is far too large', 'x'.repeat(200_000), /alert\.liquid: .+limit/],
  ])('%s', (_, template, failure) => {
    const started = performance.now();
    const rendered = withTemplates({ 'alert.liquid': template });
    expect(first(rendered)).toBe(ours);
    expect(rendered.failures).toEqual([expect.stringMatching(failure)]);
    expect(rendered.failures[0]).not.toContain('\n');
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('a message is in one style, though only one alert breaks its template', () => {
    const rendered = withTemplates({
      'alert.liquid':
        'mine {% if alert.all.labels.queue == "mail" %}{{ 1 | no_such }}{% endif %}{% if alert.all.labels.queue == "mail" %}{% include "x" %}{% endif %}',
    });
    expect(first(rendered)).toBe(ours);
  });

  test('templates with which nothing fits', () => {
    const fits = (part: Parameters<typeof bytesOf>[0]): boolean => bytesOf(part) < 3_000;
    const rendered = withTemplates({ 'head.liquid': 'x'.repeat(5_000) }, 'slack', { fits });
    expect(rendered.parts.every(fits)).toBe(true);
    expect(rendered.failures).toEqual(['head.liquid: the message does not fit with it']);
  });

  test('a folder that is not there, and a template that is a folder', () => {
    const missing = render({ markup: 'slack', templates: path.join(folder, 'nowhere') }, { message });
    expect(first(missing)).toBe(ours);
    expect(missing.failures).toEqual([expect.stringMatching(/nowhere: ENOENT/)]);
    mkdirSync(path.join(folder, 'head.liquid'));
    const odd = withTemplates({});
    expect(first(odd)).toBe(ours);
    expect(odd.failures).toEqual([expect.stringMatching(/^head\.liquid: EISDIR/)]);
  });

  test('a title that says nothing', () => {
    const rendered = withTemplates({ 'title.liquid': '{{ nothing }}' });
    expect(rendered.parts[0]?.title).toBe(render({}, { message }).parts[0]?.title);
    expect(rendered.failures).toEqual(['title.liquid: it renders nothing']);
  });
});

/** As for a process that is stopped, or gets no time from a busy machine. */
function stoppedFor(ms: number): string {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return 'late';
}

describe('a process that was stopped in the middle of a template', () => {
  const scope = {
    get late() {
      return stoppedFor(600);
    },
  };

  test('goes on with a user’s own', () => {
    writeFileSync(path.join(folder, 'line.liquid'), '{{ late }} {{ late }}!');
    const sections = new SectionRenderer('plain', userTemplates(readTemplates(folder), 'plain'));
    expect(sections.one('line', scope)).toBe('late late!');
    expect(sections.failures).toEqual([]);
  });

  test('goes on with the built-in ones', () => {
    const alert = { mark: '!', headline: 'late', where: '', time: '' };
    const late = {
      ...alert,
      get headline() {
        return stoppedFor(600);
      },
    };
    expect(builtInTemplates('plain')('line', { alert: late })).toBe('! late');
  });
});

test('many templates of one message together have a limit, too', () => {
  writeFileSync(path.join(folder, 'line.liquid'), '{% for i in (1..9000) %}{% endfor %}line');
  const sections = new SectionRenderer('plain', userTemplates(readTemplates(folder), 'plain'));
  const started = performance.now();
  for (let i = 0; i < 400; i++) sections.one('line', { alert: { mark: '', summary: 's', where: '', time: '' } });
  expect(sections.failures).toEqual([expect.stringMatching(/^line\.liquid: .*too many steps/)]);
  expect(performance.now() - started).toBeLessThan(2_000);
});

test('a template that writes the same long text again and again has a limit, too', () => {
  writeFileSync(
    path.join(folder, 'line.liquid'),
    '{% assign x = "xxxxxxxxxx" %}{% for i in (1..15) %}{% assign x = x | append: x %}{% endfor %}{% for i in (1..9000) %}{{ x }}{{ x | raw }}{% endfor %}',
  );
  const sections = new SectionRenderer('html', userTemplates(readTemplates(folder), 'html'));
  expect(sections.one('line', { alert: { mark: '', summary: 's', where: '', time: '' } })).toContain('s');
  expect(sections.failures).toEqual([expect.stringMatching(/too many steps/)]);
});

test('files of other names are left alone', () => {
  expect(withTemplates({ 'notes.md': '{% if %}', 'alert.liquid~': '{% if %}' })).toMatchObject({ failures: [] });
});
