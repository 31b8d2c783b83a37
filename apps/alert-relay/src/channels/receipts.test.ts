// Receipts from answers as they should be, and from answers that lie.
import { describe, expect, it, test } from '@jest/globals';
import { messageIdOf } from './mail-message.js';
import { slackReceipt, webhookReceipt, withReceipt } from './receipts.js';
import { redactor } from './wording.js';

describe('Slack', () => {
  it.each([
    ['{"ok":true,"channel":"C0123ABCD","ts":"1503435956.000247"}', { channel: 'C0123ABCD', ts: '1503435956.000247' }],
    ['ok', undefined],
    ['', undefined],
    ['{"success":true,"channel":"#ops"}', undefined],
    ['{"ok":true,"channel":"C1"}', undefined],
    ['{"ok":true,"channel":"C1","ts":1503435956.000247}', undefined],
    ['{"ok":true,"channel":["C1"],"ts":"1.2"}', undefined],
    ['{"ok":true,"channel":"C1\\n","ts":"1.2"}', undefined],
    ['{"ok":true,"channel":"<!channel>","ts":"1.2"}', undefined],
    [`{"ok":true,"channel":"${'C'.repeat(65)}","ts":"1.2"}`, undefined],
    ['{"ok":true,"channel":"C1","ts":"now"}', undefined],
    ['{"ok":true,"channel":"C1","ts":"1.2', undefined],
    ['[{"channel":"C1","ts":"1.2"}]', undefined],
  ])('%s', (body, receipt) => {
    expect(slackReceipt(body)).toEqual(receipt && { kind: 'slack', ...receipt });
  });
});

describe('a webhook', () => {
  it.each([
    ['{"id":"msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"}', 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W'],
    ['{"id":"事件 42"}', '事件 42'],
    ['{"id":17,"queued":1}', '17'],
    ['{"id":90071992547409930}', undefined],
    ['{"id":1.5}', undefined],
    ['{"id":""}', undefined],
    ['{"id":" x"}', undefined],
    ['{"id":null}', undefined],
    ['{"id":{"toString":"x"}}', undefined],
    ['{"id":"a\\u0000b"}', undefined],
    ['{"id":"a\\r\\nBcc: x"}', undefined],
    ['{"id":"\\ud800"}', undefined],
    [`{"id":"${'x'.repeat(255)}"}`, 'x'.repeat(255)],
    [`{"id":"${'x'.repeat(256)}"}`, undefined],
    ['{"id":"hush-this-is-the-key"}', undefined],
    ['{"message":{"id":"x"}}', undefined],
    ['"x"', undefined],
    ['', undefined],
  ])('%s', (body, id) => {
    expect(webhookReceipt(body, redactor(['hush-this-is-the-key']))).toEqual(id && { kind: 'webhook', id });
  });
});

test('a mail calls itself what its header says, however the header is folded, whatever stands in its text', () => {
  const text = '\r\n\r\nMessage-ID: <evil@evil.test>\r\n';
  expect(messageIdOf(`From: a\r\nMessage-ID: <k-1@example.com>\r\nTo: b${text}`)).toBe('<k-1@example.com>');
  expect(messageIdOf(`From: a\r\nMessage-ID:\r\n <k-1@example.com>\r\nTo: b${text}`)).toBe('<k-1@example.com>');
  expect(messageIdOf(`From: a\r\nTo: b${text}`)).toBeUndefined();
});

test('only what was delivered has a receipt', () => {
  const receipt = { kind: 'webhook', id: '1' } as const;
  const lost = { kind: 'ambiguous', reason: 'timeout', detail: '' } as const;
  const ok = { kind: 'delivered', reason: 'ok', detail: '' } as const;
  expect([withReceipt(lost, receipt), withReceipt(ok, undefined), withReceipt(ok, receipt)]).toEqual([
    lost,
    ok,
    { ...ok, receipt },
  ]);
});
