// Signatures against vectors that another program made (Python's hmac), and the published one of "Standard Webhooks".
import { describe, expect, it } from '@jest/globals';
import { DINGTALK, dingtalkSignature } from './dingtalk.js';
import { feishuSignature } from './feishu.js';
import { webhookSignature } from './webhook.js';

describe('signatures', () => {
  it('DingTalk: the secret signs milliseconds and itself', () => {
    expect(dingtalkSignature(1_700_000_000_000, 'SEC1234567890abcdef')).toEqual({
      timestamp: '1700000000000',
      sign: 'RqBq3E1RTBDv3n2QBCh4adZ2WHk9mVklyUoDBLxarjI=',
    });
  });

  it('Feishu: seconds and secret sign nothing', () => {
    expect(feishuSignature(1_700_000_000, 'feishu-secret')).toBe('OrBzY1Y01Gq+HgJsl+7OfWcMVwc7YocohQm5iiZwjhU=');
  });

  it('a webhook: id, seconds and body, with a secret in base64 or as it is', () => {
    expect(
      webhookSignature(
        'msg_p5jXN8AQM9LWM0D4loKWxJek',
        1_614_265_330,
        '{"test": 2432232314}',
        'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      ),
    ).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
    expect(webhookSignature('id-1', 1_700_000_000, '{}', 'plain-secret')).toBe(
      'v1,5eeOlsNv/5EpneZY3pIabh8eqX97xU3UqF4iJtBP9Cs=',
    );
  });

  it('no secret shows in the settings', () => {
    const settings = DINGTALK.settings.parse({
      webhook_url: 'https://oapi.dingtalk.com/robot/send?access_token=abcdef123456',
      secret: 'SEC1',
    });
    expect(JSON.stringify(settings)).not.toMatch(/abcdef123456|SEC1/);
  });
});
