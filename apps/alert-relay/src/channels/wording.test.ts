// Texts as servers take them.
import { escape } from '@celery-watch/html';
import { describe, expect, it } from '@jest/globals';
import { HOSTILE } from './testing.js';
import {
  changeLooseUnderscores,
  clean,
  pieces,
  redactor,
  robotMarkdown,
  slackText,
  titleLine,
  loginForms,
} from './wording.js';

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
    expect(escape(text)).not.toMatch(/[<>"']/);
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

describe('a detail', () => {
  it.each([
    ['a token in the query', 'https://oapi.dingtalk.com/robot/send?access_token=abcdef123456', 'abcdef123456'],
    ['a key in the query', 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7a0c', '693a91f6-7a0c'],
    ['a token in the path', 'https://open.feishu.cn/open-apis/bot/v2/hook/a1b2c3d4-e5f6-4a7b', 'a1b2c3d4-e5f6-4a7b'],
    [
      'tokens in the path',
      'https://hooks.slack.com/services/T01234567/B01234567/abcdefghijklmnopqrstuvwx',
      'abcdefghijklmnopqrstuvwx',
    ],
    ['a password', 'smtp://user:pa%2Fss@mail:587', 'pa/ss'],
    ['a password as it is encoded', 'smtp://user:pa%2Fss@mail:587', 'pa%2Fss'],
    ['a secret', 'SEC0123', 'SEC0123'],
    ['a secret that was encoded', 'SEC/0+1', 'SEC%2F0%2B1'],
  ])('hides %s wherever it stands', (_, known, secret) => {
    const say = redactor([known]);
    for (const text of [secret, `no such ${secret}!`, `a ${secret} b ${secret}`, known]) {
      expect(say(text)).not.toContain(secret);
      expect(say(text)).toContain('[redacted]');
    }
  });

  it.each([
    ['JSON', JSON.stringify({ auth: 'Bearer ab/cd+ef"gh==SECRET' })],
    ['JSON with escaped slashes', '{"auth":"Bearer ab\\/cd+ef\\"gh==SECRET"}'],
    ['HTML', '<td>Bearer ab/cd+ef&quot;gh==SECRET</td>'],
    ['base64', Buffer.from('ab/cd+ef"gh==SECRET').toString('base64')],
  ])('hides a secret that a server repeats as %s', (_, said) => {
    const shown = redactor(['ab/cd+ef"gh==SECRET'])(said);
    expect(shown).toContain('[redacted]');
    expect(shown).not.toMatch(/SECRET|U0VDUkVU/);
  });

  it('hides a login that a server repeats as it was sent: Basic, PLAIN', () => {
    const [user, password] = ['alerts', 's3cretPassw0rd!'];
    const plain = Buffer.from(`\0${user}\0${password}`).toString('base64');
    const basic = Buffer.from(`${user}:${password}`).toString('base64');
    const ofUrl = redactor([`http://${user}:${encodeURIComponent(password)}@people.test/hook`]);
    const ofMail = redactor(loginForms(user, password));
    for (const say of [ofUrl, ofMail])
      expect(say(`535 bad credentials: AUTH PLAIN ${plain}, Basic ${basic}, ${password}`)).toBe(
        '535 bad credentials: AUTH PLAIN [redacted], Basic [redacted], [redacted]',
      );
  });

  it('hides the passwords of others too', () => {
    expect(redactor([])('cannot reach redis://:hunter2@redis:6379')).toBe(
      'cannot reach redis://:[redacted]@redis:6379',
    );
  });

  it('leaves what is no secret', () => {
    expect(
      redactor(['https://open.feishu.cn/open-apis/bot/v2/hook/a1b2c3d4-e5f6'])(
        'code 9499: Bad Request for bot v2 on open-apis',
      ),
    ).toBe('code 9499: Bad Request for bot v2 on open-apis');
  });

  it('is one line of at most 300 characters, well formed', () => {
    const say = redactor([]);
    expect(say('a\r\n\tb\u0000c\u2028d')).toBe('a b c d');
    const long = say('🔥'.repeat(1000));
    expect(long.length).toBeLessThanOrEqual(300);
    expect(long.isWellFormed()).toBe(true);
    expect(say('\ud83d')).toBe('\ufffd');
  });

  it('is made of a page of any signs in no time', () => {
    for (const unit of ['a://:b,', ' ', 'key=', '&key=x;a']) {
      const begun = performance.now();
      expect(redactor([])(unit.repeat((64 * 1024) / unit.length)).length).toBeLessThanOrEqual(300);
      expect(performance.now() - begun).toBeLessThan(1_000);
    }
  });
});
