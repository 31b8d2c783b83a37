// Each channel's renderer: its markup is shown, and what others wrote stays text.
import { describe, expect, it } from '@jest/globals';
import { showFeishu } from './feishu.js';
import { showMail } from './message-card.js';
import { showDingtalk, showWecom } from './robot.js';
import { showSlack } from './slack.js';

const EVIL = '<img src=x onerror=alert(1)>';
const SHOWN = '&lt;img src=x onerror=alert(1)&gt;';
const slack = (text: string): string =>
  showSlack(
    JSON.stringify({
      text: 'x',
      blocks: [{ type: 'header', text: { type: 'plain_text', text: EVIL } }],
      attachments: [{ color: '#d0021b', blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }] }],
    }),
  ).text;
const dingtalk = (text: string, at = {}): string =>
  showDingtalk(JSON.stringify({ msgtype: 'markdown', markdown: { title: 'x', text }, at })).text;
const wecom = (content: string): string =>
  showWecom(JSON.stringify({ msgtype: 'markdown', markdown: { content } })).text;
const feishu = (content: string): string =>
  showFeishu(
    JSON.stringify({
      msg_type: 'interactive',
      card: {
        header: { template: 'red', title: { content: EVIL } },
        elements: [{ tag: 'markdown', content }, { tag: 'hr' }],
      },
    }),
  ).text;

describe('text of others', () => {
  it('is text in every channel', () => {
    for (const shown of [slack(EVIL), dingtalk(EVIL), wecom(EVIL), feishu(EVIL)]) {
      expect(shown).toContain(SHOWN);
      expect(shown).not.toContain('<img');
    }
    expect(showMail({ at: 0, accepted: true, title: EVIL, text: EVIL, raw: '' }).text).not.toContain('<img');
  });

  it('makes no link that could run anything', () => {
    for (const shown of [
      slack('<javascript:alert(1)|here>'),
      dingtalk('[here](javascript:alert(1))'),
      wecom('[here](javascript:alert(1))'),
      feishu('[here](javascript:alert(1))'),
    ])
      expect(shown).not.toContain('<a ');
  });

  it('of a mail stands in a frame that runs nothing, as one attribute', () => {
    const shown = showMail({
      at: 0,
      accepted: true,
      title: 'x',
      text: '',
      html: '<p class="a">"quoted"</p><script>alert(1)</script>',
      raw: '',
    }).text;
    expect(shown).toMatch(/sandbox="[^"]*"/);
    expect(/sandbox="([^"]*)"/.exec(shown)?.[1]).not.toContain('allow-scripts');
    expect(shown).not.toContain('<script>');
    expect(shown).toContain('&lt;p class=&quot;a&quot;&gt;');
  });
});

describe('markup', () => {
  it('of Slack: bold, links, mentions, its three entities', () => {
    expect(slack('*bold* 2*3*4 <https://x.example/a?b=1&amp;c=2|here> <@U02> <!channel> a &lt; b\nnext')).toContain(
      '<b>bold</b> 2*3*4 <a href="https://x.example/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">here</a> <span class="mention">@U02</span> <span class="mention">@channel</span> a &lt; b<br>next',
    );
  });

  it('of DingTalk: headings, bold, links, and only those who are really called', () => {
    const shown = dingtalk('### 标题\n\n**bold** [here](https://x.example/) @13800138000 @all', {
      atMobiles: ['13800138000'],
    });
    expect(shown).toBe(
      '<p class="heading">标题</p><p><b>bold</b> <a href="https://x.example/" target="_blank" rel="noopener noreferrer">here</a> <span class="mention">@13800138000</span> @all</p>',
    );
  });

  it('of DingTalk: a line breaks behind two spaces alone', () => {
    expect(dingtalk('a  \nb\nc\n\nd')).toBe('<p>a  <br>b c</p><p>d</p>');
  });

  it('of WeCom: mentions by id, and texts that call by mobile number', () => {
    expect(wecom('**bold**\n<@zhangsan>')).toBe('<p><b>bold</b><br><span class="mention">@zhangsan</span></p>');
    expect(
      showWecom(
        JSON.stringify({
          msgtype: 'text',
          text: { content: '**x**', mentioned_list: ['@all'], mentioned_mobile_list: ['138'] },
        }),
      ).text,
    ).toBe('<p>**x**</p><p><span class="mention">@all</span> <span class="mention">@138</span> </p>');
  });

  it('of Feishu: the colour of the header, numeric entities, mentions, rules', () => {
    const shown = feishu('a&#95;b &#60;c&#62; <at id=ou_1></at> **x**');
    expect(shown).toContain('--head:#d83931');
    expect(shown).toContain('a_b &lt;c&gt; <span class="mention">@ou_1</span> <b>x</b></p><hr>');
  });
});
