// Texts as servers take them.
import { describe, expect, it } from '@jest/globals';
import { HOSTILE } from './testing.js';
import { changeLooseUnderscores, clean, htmlText, pieces, robotMarkdown, slackText, titleLine } from './wording.js';

describe('wording', () => {
  it('shows half characters and control characters as what they are: broken', () => {
    expect(clean('a\ud83db\u0000c\u001b[31m\td\ne')).toBe('a\ufffdb\ufffdc\ufffd[31m\td\ne');
    expect(clean('🔥队')).toBe('🔥队');
  });

  it('makes a title one line that is never empty', () => {
    expect(titleLine(' a\r\n b\t c ')).toBe('a b c');
    expect(titleLine(' \n')).toBe('—');
  });

  it('leaves out empty sections', () => {
    expect(pieces({ head: 'h\n', blocks: ['', 'b', ' \n'], foot: '' })).toEqual(['h', 'b']);
  });

  it('keeps what people copy from a title for a robot', () => {
    expect(robotMarkdown('[1 firing] HighQueue in my_app.tasks.send_mail (a-b) #3')).toBe(
      '[1 firing] HighQueue in my_app.tasks.send_mail (a-b) #3',
    );
    expect(robotMarkdown('[a](http://evil.test) <@all> @all **b** `c` _d_ &lt;')).toBe(
      '[a］(http://evil.test) ＜＠all> ＠all ∗∗b∗∗ ˋcˋ ˍdˍ ＆lt;',
    );
  });

  it.each(HOSTILE)('leaves no sign of markup in a title with %s', (_, text) => {
    expect(robotMarkdown(text)).not.toMatch(/<|\]\(|[*`\n]/);
    expect(slackText(text)).not.toMatch(/[<>]/);
    expect(htmlText(text)).not.toMatch(/[<>"']/);
  });
});

it.each([
  ['a_b', 'a_b'],
  ['a__b', 'a__b'],
  ['_a_', '-a-'],
  ['__a b__', '--a b--'],
  ['a_ _b', 'a- -b'],
  ['队_列 𝒳_𝒳', '队_列 𝒳_𝒳'],
  ['(_a_)', '(-a-)'],
  ['_', '-'],
  ['a_.', 'a-.'],
  ['1_2', '1_2'],
])('%s becomes %s', (text, changed) => {
  expect(changeLooseUnderscores(text, (run) => '-'.repeat(run.length))).toBe(changed);
});
