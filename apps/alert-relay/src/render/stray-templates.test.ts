// Which files of a folder of templates are said to be strays.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRenderer } from './renderer.js';
import { readTemplates } from './template-files.js';

describe('strays among templates', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'strays-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const strays = (...files: string[]): readonly string[] => {
    for (const file of files) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), 'x');
    }
    return createRenderer({ markup: 'plain', locale: 'en', timezone: 'UTC', templates: readTemplates(folder) }).strays;
  };

  it.each([
    ['titel.liquid', /^titel\.liquid is not read: did you mean title\.liquid\?$/],
    ['Title.liquid', /^Title\.liquid is not read: did you mean title\.liquid\?$/],
    ['title.liquid.txt', /did you mean title\.liquid/],
    ['title.html', /did you mean title\.liquid/],
    ['alert.tmpl', /did you mean alert\.liquid/],
    ['body.liquid', /templates are named title\.liquid, head\.liquid/],
    ['dingtalk/title.liquid', /^dingtalk\/title\.liquid is not read: templates stand in the folder itself/],
    ['html/foo.liquid', /^html\/foo\.liquid is not read/],
  ])('%s', (file, expected) => {
    expect(strays(file, 'head.liquid')).toEqual([expect.stringMatching(expected)]);
  });

  it('an empty folder has no template in it', () => {
    expect(strays()).toEqual([expect.stringMatching(/^no template is in .*: templates are named title\.liquid/)]);
    expect(strays('README.md', '.gitkeep')).toHaveLength(1);
  });

  it('all are named, once each', () => {
    expect(strays('titel.liquid', 'heads.liquid', 'title.liquid')).toHaveLength(2);
  });

  it('nothing is said of templates, notes and hidden files', () => {
    expect(
      strays('title.liquid', 'foot.liquid', 'README.md', 'notes.txt', '.git/x.liquid', 'title.liquid.bak'),
    ).toEqual([]);
  });
});
