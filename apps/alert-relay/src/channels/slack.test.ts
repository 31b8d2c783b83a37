// Slack's words, its limits, and that no alert can call anybody.
import { describe, expect, it } from '@jest/globals';
import type { Exchange } from './http-channel.js';
import { judgeSlack, SLACK } from './slack.js';
import { HOSTILE, NOW, samplePart } from './testing.js';

const answered = (status: number, body: string, retryAfter?: string): Exchange => ({
  kind: 'answered',
  status,
  retryAfter,
  body,
});
const settings = SLACK.settings.parse({ webhook_url: 'https://hooks.slack.com/services/T0/B0/x' });
const channel = SLACK.create(settings, { name: 'ops', now: () => NOW });
const { max } = SLACK.limit(settings);
const text = (length: number): string => 'x'.repeat(length);

interface Sent {
  readonly text: string;
  readonly blocks: readonly {
    readonly type: string;
    readonly text: { readonly type: string; readonly text: string };
  }[];
  readonly attachments: readonly { readonly color: string; readonly blocks: Sent['blocks'] }[];
}

describe("Slack's answers", () => {
  it.each([
    [200, 'ok', 'delivered', 'ok'],
    [200, 'ok\n', 'delivered', 'ok'],
    // Servers that take Slack's messages: Mattermost, Rocket.Chat, Synology Chat, Zulip, Discord, small ones.
    [200, 'OK', 'delivered', 'ok'],
    [200, '"ok"', 'delivered', 'ok'],
    [201, 'ok', 'delivered', 'ok'],
    [202, 'ok', 'delivered', 'ok'],
    [201, '', 'delivered', 'ok'],
    [204, '', 'delivered', 'ok'],
    [200, '{"success":true}', 'delivered', 'ok'],
    [200, ' {"success": true, "channel": "#ops"} ', 'delivered', 'ok'],
    [200, '{"ok":true}', 'delivered', 'ok'],
    [200, '{"result":"success","msg":""}', 'delivered', 'ok'],
    [200, '{"status":"ok"}', 'delivered', 'ok'],
    // A refusal in plain words: nobody has it.
    [200, '{"ok":false,"error":"not_authed"}', 'retry', 'not_understood'],
    [200, '{"success":false,"error":"no channel"}', 'retry', 'not_understood'],
    [200, '{"result":"error","msg":"Invalid API key"}', 'retry', 'not_understood'],
    // Everything else may be there.
    [200, '', 'ambiguous', 'not_understood'],
    [202, '', 'ambiguous', 'not_understood'],
    [200, '<html><body>welcome</body></html>', 'ambiguous', 'not_understood'],
    [200, '{"success":tr', 'ambiguous', 'not_understood'],
    [200, '{"id":17}', 'ambiguous', 'not_understood'],
    [200, '{"ok":"yes"}', 'ambiguous', 'not_understood'],
    [200, '[true]', 'ambiguous', 'not_understood'],
    [200, 'accepted', 'ambiguous', 'not_understood'],
    [400, 'invalid_payload', 'permanent', 'unsendable'],
    [400, 'invalid_blocks', 'permanent', 'unsendable'],
    [400, 'msg_blocks_too_long', 'permanent', 'too_large'],
    [400, 'user_not_found', 'permanent', 'address'],
    [403, 'invalid_token', 'permanent', 'credentials'],
    [403, 'action_prohibited', 'permanent', 'credentials'],
    [404, 'no_service', 'permanent', 'address'],
    [404, 'channel_not_found', 'permanent', 'address'],
    [410, 'channel_is_archived', 'permanent', 'address'],
    [500, 'rollup_error', 'retry', 'server_error'],
    [418, 'teapot', 'retry', 'not_understood'],
  ])('%s %j: %s, %s', (status, body, kind, reason) => {
    expect(judgeSlack(answered(status, body), NOW, (said) => said)).toMatchObject({ kind, reason });
  });

  it('says how long to wait', () => {
    expect(judgeSlack(answered(429, 'rate_limited', '30'), NOW, (said) => said)).toMatchObject({
      kind: 'retry',
      reason: 'rate_limited',
      afterMs: 30_000,
      wholeChannel: true,
    });
  });
});

describe('a message to Slack', () => {
  it('has a header, and one section for each piece beside a line in the colour of its tone', () => {
    const sent = JSON.parse(channel.dress(samplePart({ tone: 'resolved' })).content) as Sent;
    expect(sent.blocks).toEqual([
      {
        type: 'header',
        text: { type: 'plain_text', text: '[1 firing, critical] HighCeleryQueueLength', emoji: false },
      },
    ]);
    expect(sent.attachments[0]?.color).toBe('#2eb67d');
    expect(sent.attachments[0]?.blocks.map((block) => block.text.text)).toEqual([
      '1 new, firing since 18:00',
      'HighCeleryQueueLength in default 队列积压',
      'Nothing else fires',
    ]);
  });

  it.each([
    ['a section of 3,000 characters', { head: text(3000), blocks: [], foot: '' }, true],
    ['a section of 3,001', { head: text(3001), blocks: [], foot: '' }, false],
    ['50 blocks with the header', { head: '', blocks: Array.from({ length: 49 }, () => 'x'), foot: '' }, true],
    ['51 blocks', { head: '', blocks: Array.from({ length: 50 }, () => 'x'), foot: '' }, false],
    ['too much in all', { head: '', blocks: [text(3000), text(3000), text(3000), text(3000)], foot: 'x' }, false],
  ])('%s: %#', (_, sections, fits) => {
    expect(channel.dress(samplePart({ title: 't', sections })).size <= max).toBe(fits);
  });

  it('counts a mention as a block', () => {
    const calling = SLACK.create(
      SLACK.settings.parse({ webhook_url: 'https://hooks.slack.com/services/T0/B0/x', mention: { all: true } }),
      { name: 'ops', now: () => NOW },
    );
    expect(
      calling.dress(samplePart({ sections: { head: '', blocks: Array.from({ length: 49 }, () => 'x'), foot: '' } }))
        .size,
    ).toBeGreaterThan(max);
  });

  it('shortens a long title visibly, between characters, and keeps it whole beside the header', () => {
    const title = `${text(148)}🔥🔥🔥`;
    const sent = JSON.parse(channel.dress(samplePart({ title })).content) as Sent;
    expect(sent.blocks[0]?.text.text).toBe(`${text(148)}…`);
    expect(sent.text).toBe(title);
  });

  it.each(HOSTILE)('lets no title with %s call or link', (_, title) => {
    const sent = JSON.parse(channel.dress(samplePart({ title })).content) as Sent;
    expect(sent.text).not.toMatch(/[<>]/);
    expect(sent.blocks.map((block) => block.text.type)).toEqual(['plain_text']);
  });
});
