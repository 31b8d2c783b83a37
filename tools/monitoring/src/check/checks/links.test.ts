import { describe, expect, it } from '@jest/globals';
import { anchorsOf, checkIndex, checkLinks, linksOf, type Tree } from './links.js';

function tree(files: Readonly<Record<string, string>>): Tree {
  const names = Object.keys(files);
  return {
    text: (file) => files[file],
    exists: (file) => names.some((each) => each === file || each.startsWith(`${file.replace(/\/$/, '')}/`)),
  };
}

describe('links', () => {
  it('lead to files, folders and headings, also of the page itself', () => {
    const files = {
      'docs/a.md':
        '# One\n[b](b.md) [two](b.md#two-words) [own](#one) [up](../README.md) [folder](../docker) ![p](p.png)',
      'docs/b.md': '## Two words\n',
      'docs/p.png': '',
      'docker/x': '',
      'README.md': '',
    };
    expect(checkLinks(['docs/a.md'], tree(files))).toEqual([]);
  });

  it('that lead nowhere are named with their line', () => {
    const files = { 'docs/a.md': 'fine\n\n[b](b.md)\n[c](c.md#no) [out](../../x)', 'docs/c.md': '# Other' };
    expect(checkLinks(['docs/a.md'], tree(files))).toEqual([
      { file: 'docs/a.md', line: 3, text: 'the link b.md leads to docs/b.md, which is not there' },
      { file: 'docs/a.md', line: 4, text: 'docs/c.md has no heading #no' },
      { file: 'docs/a.md', line: 4, text: 'the link ../../x leads to ../x, which is not there' },
    ]);
  });

  it('of other sites, in fences and in code are left alone', () => {
    expect(linksOf('[a](https://example.com/x.md) `[b](b.md)`\n```md\n[c](c.md)\n```\n[d](d.md)')).toEqual([
      { target: 'd.md', line: 5 },
    ]);
  });
});

describe('anchors', () => {
  it('are made as GitHub makes them', () => {
    const text =
      '# 2. Install `it`, now!\n## 一、安装（两步）\n### Same\n### Same\n```\n# no heading\n```\n## [Link](x.md) here';
    expect([...anchorsOf(text)]).toEqual(['2-install-it-now', '一安装两步', 'same', 'same-1', 'link-here']);
  });
});

describe('the index', () => {
  it('leads to each guide in both languages', () => {
    const files = {
      'docs/README.md': '[a](x/A.md) [b](x/B.md#one)',
      'docs/README.zh-CN.md': '[a](x/A.zh-CN.md)',
      'docs/x/A.md': '',
      'docs/x/A.zh-CN.md': '',
      'docs/x/B.md': '',
      'docs/x/C.zh-CN.md': '',
    };
    const guides = Object.keys(files).filter((each) => !each.includes('README'));
    expect(checkIndex(guides, tree(files)).map(({ file, text }) => `${file}: ${text}`)).toEqual([
      'docs/x/B.md: has no twin in the other language, docs/x/B.zh-CN.md',
      'docs/x/C.zh-CN.md: has no twin in the other language, docs/x/C.md',
      'docs/README.zh-CN.md: does not lead to docs/x/C.zh-CN.md',
    ]);
  });
});
