// Who is woken, by what, and how each server is told.
import { describe, expect, it } from '@jest/globals';
import { mentionedBy } from './mention.js';
import { CHANNEL_TYPES, type ChannelTypeName } from './table.js';
import { NOW, sampleAlert, sampleMessage, samplePart } from './testing.js';

const everybody = { mobiles: ['13800000000'], user_ids: ['zhang'], all: true, on: ['critical'] } as const;
const warning = sampleAlert({ labels: { alertname: 'A', severity: 'warning' }, fingerprint: 'w' });
const resolved = sampleAlert({ status: 'resolved', endsAt: NOW });

describe('a mention', () => {
  it('is for what fires with the urgency that is asked for', () => {
    expect(mentionedBy(samplePart(), everybody)).toBe(everybody);
    expect(mentionedBy(samplePart({ message: sampleMessage({ alerts: [warning] }) }), everybody)).toBeUndefined();
    expect(
      mentionedBy(samplePart({ message: sampleMessage({ alerts: [warning] }) }), {
        ...everybody,
        on: ['critical', 'warning'],
      }),
    ).toBeDefined();
    expect(
      mentionedBy(samplePart({ message: sampleMessage({ alerts: [resolved, warning] }) }), everybody),
    ).toBeUndefined();
  });

  it('comes once, in the first part', () => {
    expect(mentionedBy(samplePart({ index: 2, total: 2 }), everybody)).toBeUndefined();
  });

  it("is nobody's where nobody is named", () => {
    expect(mentionedBy(samplePart(), { mobiles: [], user_ids: [], all: false, on: ['critical'] })).toBeUndefined();
  });
});

describe('the mention of each server', () => {
  const sent = (type: ChannelTypeName, mention: unknown, part = samplePart()): Record<string, unknown> => {
    const kind = CHANNEL_TYPES[type];
    const channel = kind.create(
      kind.settings.parse({ webhook_url: 'https://example.test/hook/token-0123456789', mention }),
      { name: 'ops', now: () => NOW },
    );
    return JSON.parse(channel.dress(part).content) as Record<string, unknown>;
  };
  const calm = samplePart({ message: sampleMessage({ alerts: [warning] }) });

  it('DingTalk: in `at` and in the text', () => {
    const body = sent('dingtalk', { mobiles: [13800000000, '+86-13900000000'], user_ids: ['zhang'] });
    expect(body['at']).toEqual({ atMobiles: ['13800000000', '+86-13900000000'], atUserIds: ['zhang'], isAtAll: false });
    expect((body['markdown'] as { text: string }).text).toMatch(/\n\n@13800000000 @\+86-13900000000 @zhang$/);
    expect(sent('dingtalk', { all: true })['at']).toEqual({ atMobiles: [], atUserIds: [], isAtAll: true });
    expect(sent('dingtalk', { mobiles: ['13800000000'], all: true }, calm)['at']).toEqual({
      atMobiles: [],
      atUserIds: [],
      isAtAll: false,
    });
    expect(JSON.stringify(sent('dingtalk', { mobiles: ['13800000000'] }, calm))).not.toContain('13800000000');
  });

  it('WeCom: ids in Markdown; mobiles and all in a plain text, which alone can call them', () => {
    expect(sent('wecom', { user_ids: ['zhang', 'li'] })).toEqual({
      msgtype: 'markdown',
      markdown: { content: expect.stringMatching(/\n\n<@zhang> <@li>$/) },
    });
    expect(sent('wecom', { user_ids: ['zhang'], mobiles: ['13800000000'], all: true })).toEqual({
      msgtype: 'text',
      text: {
        content: expect.stringContaining('HighCeleryQueueLength'),
        mentioned_list: ['zhang', '@all'],
        mentioned_mobile_list: ['13800000000'],
      },
    });
    expect(sent('wecom', { mobiles: ['13800000000'] }, calm)).toMatchObject({ msgtype: 'markdown' });
  });

  it('WeCom: a text has half of the room, and what is over it counts as too large', () => {
    const { wecom } = CHANNEL_TYPES;
    const dress = (mention: unknown, length: number) => {
      const given = wecom.settings.parse({ webhook_url: 'https://example.test/?key=token-0123456789', mention });
      const { size } = wecom
        .create(given, { name: 'ops', now: () => NOW })
        .dress(samplePart({ title: 't', sections: { head: 'x'.repeat(length), blocks: [], foot: '' } }));
      return size <= wecom.limit(given).max;
    };
    // "t", a blank line, and the head.
    expect(dress({ all: true }, 2048 - 3)).toBe(true);
    expect(dress({ all: true }, 2048 - 2)).toBe(false);
    expect(dress({}, 4096 - 7)).toBe(true);
    expect(dress({}, 4096 - 6)).toBe(false);
  });

  it('Feishu: at the top of the card', () => {
    const body = sent('feishu', { user_ids: ['ou_1'], all: true }) as { card: { elements: { content?: string }[] } };
    expect(body.card.elements[0]?.content).toBe('<at id=all></at> <at id=ou_1></at>');
    expect(JSON.stringify(sent('feishu', { all: true }, calm))).not.toContain('<at ');
  });

  it('Slack: people, groups and the channel', () => {
    const body = sent('slack', { user_ids: ['U012AB3CD', 'S0GROUP'], all: true }) as {
      blocks: { text: { text: string } }[];
    };
    expect(body.blocks[1]?.text.text).toBe('<!channel> <@U012AB3CD> <!subteam^S0GROUP>');
    expect(JSON.stringify(sent('slack', { all: true }, calm))).not.toContain('<!channel>');
  });

  it.each([
    ['dingtalk', { mobiles: ['not a number'] }],
    ['dingtalk', { mobils: ['13800000000'] }],
    ['dingtalk', { on: ['page'] }],
    ['wecom', { user_ids: ['zhang> <@all'] }],
    ['feishu', { mobiles: ['13800000000'] }],
    ['feishu', { user_ids: ['x></at><at id=all'] }],
    ['slack', { user_ids: ['zhang'] }],
    ['slack', { all: 'yes' }],
  ] as const)('%s refuses %j', (type, mention) => {
    expect(CHANNEL_TYPES[type].settings.safeParse({ webhook_url: 'https://example.test/hook', mention }).success).toBe(
      false,
    );
  });
});
