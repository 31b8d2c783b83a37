// The stand-ins for the mail server and the chat servers: strict fakes that refuse what the real ones refuse, and keep
// every message.
import {
  type ReceivedMessage,
  type Receiver,
  startDingtalkReceiver,
  startFeishuReceiver,
  startSlackReceiver,
  startSmtpReceiver,
  startWebhookReceiver,
  startWecomReceiver,
} from '@celery-watch/testbed';

export const CHANNELS = ['mail', 'slack', 'dingtalk', 'wecom', 'feishu'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** `language`: what the relay is told to write. */
export const CHANNEL_FACTS: Readonly<
  Record<ChannelName, { readonly title: string; readonly native?: string; readonly language: 'en' | 'zh-CN' }>
> = {
  mail: { title: 'E-mail', language: 'en' },
  slack: { title: 'Slack', language: 'en' },
  dingtalk: { title: 'DingTalk', native: '钉钉', language: 'zh-CN' },
  wecom: { title: 'WeCom', native: '企业微信', language: 'zh-CN' },
  feishu: { title: 'Feishu', native: '飞书', language: 'zh-CN' },
};

/** The robots that protect themselves by a signature check it with these. */
export const SECRETS = { dingtalk: 'SEC-of-the-demo-0123456789abcdef', feishu: 'feishu-secret-of-the-demo' } as const;

export interface StandIns extends AsyncDisposable {
  readonly urls: Readonly<Record<ChannelName | 'journal', string>>;
}

/**
 * Starts them all on free ports. `onMessage` gets what came to a channel, refused or not; `onJournal` the body that the
 * relay's generic webhook sends: the same alerts as data, with the time at which the relay accepted them.
 */
export async function startStandIns(
  onMessage: (channel: ChannelName, message: ReceivedMessage) => void,
  onJournal: (body: string) => void,
): Promise<StandIns> {
  const to = (channel: ChannelName) => ({
    onMessage: (message: ReceivedMessage): void => {
      onMessage(channel, message);
    },
  });
  const receivers: Readonly<Record<ChannelName | 'journal', Receiver>> = {
    mail: await startSmtpReceiver(to('mail')),
    slack: await startSlackReceiver(to('slack')),
    dingtalk: await startDingtalkReceiver({ ...to('dingtalk'), secret: SECRETS.dingtalk }),
    wecom: await startWecomReceiver(to('wecom')),
    feishu: await startFeishuReceiver({ ...to('feishu'), secret: SECRETS.feishu }),
    journal: await startWebhookReceiver({
      onMessage: ({ accepted, raw }) => {
        if (accepted) onJournal(raw);
      },
    }),
  };
  const urls = Object.fromEntries(Object.entries(receivers).map(([name, { url }]) => [name, url])) as Record<
    ChannelName | 'journal',
    string
  >;
  return {
    urls,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(Object.values(receivers).map((each) => each.close()));
    },
  };
}
