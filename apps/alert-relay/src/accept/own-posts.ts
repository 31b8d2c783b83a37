// What the relay tells of posts and alerts that cannot be read: alerts of its own, which travel like any other.
import { clip } from '@celery-watch/service';
import {
  hashOfLabels,
  mostUrgent,
  ownAlert,
  ownGroup,
  urgencyOf,
  type Alert,
  type OwnAlert,
} from '../notification/index.js';
import type { GroupPost } from './admit.js';
import { urgencyIn, type OddAlerts, type Post } from './payload.js';

/** How much people are shown of a post of unknown shape; characters. */
const SHOWN_OF_UNKNOWN = 2_001;

function post(own: OwnAlert): GroupPost {
  return { group: ownGroup(own.name), alerts: [ownAlert(own)], truncated: 0 };
}

/** JSON of another shape is shown to people as it is: they may know what it means. The same again is the same alert. */
export function unknownPost(text: string, now: number): GroupPost {
  const shown = clip(text, SHOWN_OF_UNKNOWN);
  return post({
    name: 'AlertRelayUnknownPost',
    status: 'firing',
    severity: urgencyIn(text),
    startsAt: now,
    labels: { __content: hashOfLabels({ text }).slice(0, 16) },
    summary: {
      en: 'A message of unknown shape was posted to the alert relay',
      zh: '告警中继收到了一条格式未知的消息',
    },
    description: { en: shown, zh: shown },
  });
}

export interface Trouble {
  /** One alert for each, whatever was in the posts: somebody who posts rubbish must not flood people. */
  readonly kind: string;
  readonly why: string;
  readonly whyZh: string;
}

export function unreadablePost({ kind, why, whyZh }: Trouble, now: number): GroupPost {
  return post({
    name: 'AlertRelayUnreadablePost',
    status: 'firing',
    severity: 'critical',
    startsAt: now,
    labels: { __kind: kind },
    summary: { en: 'A post to the alert relay could not be read', zh: '告警中继收到了无法读取的请求' },
    description: {
      en:
        `An alert may be in it, and AlertManager does not send it again: ${why}. Look at AlertManager's own page ` +
        "for what fires, and at the relay's log.",
      zh: `其中可能有告警，而 AlertManager 不会重发：${whyZh}。请在 AlertManager 页面查看当前告警，并查看告警中继的日志。`,
    },
  });
}

/** A post from which AlertManager left all alerts out. */
export function truncatedPost(truncated: number, now: number): GroupPost {
  return post({
    name: 'AlertRelayTruncatedPost',
    status: 'firing',
    severity: 'warning',
    startsAt: now,
    summary: { en: 'AlertManager left all alerts out of a post', zh: 'AlertManager 在一次请求中略去了全部告警' },
    description: {
      en:
        `${truncated} alerts were left out, and none was in it: max_alerts in AlertManager's webhook_configs is too ` +
        "small. Look at AlertManager's own page for what fires.",
      zh: `略去了 ${truncated} 条告警，请求中没有任何告警：AlertManager 的 webhook_configs 中 max_alerts 过小。请在 AlertManager 页面查看当前告警。`,
    },
  });
}

/**
 * One alert for all that stood among the alerts of a post and is none. It goes where the others of its group go, as
 * urgent as the most urgent of them, or as what the post says around them: nobody can know what it was.
 */
export function oddAlert({ groupLabels, alerts }: Post, odd: OddAlerts, now: number): Alert {
  const { count, why, first, hash, urgency, isOver } = odd;
  const more = count > why.length ? ', …' : '';
  const found = clip(why.join('; ') + more, SHOWN_OF_UNKNOWN);
  return ownAlert({
    name: 'AlertRelayUnreadableAlert',
    // What has ended alarms nobody; but people read that there was something.
    status: isOver ? 'resolved' : 'firing',
    severity: mostUrgent(['warning', urgency, ...alerts.map(urgencyOf)]),
    startsAt: now,
    labels: { ...groupLabels, __content: hash },
    summary: {
      en: `${count} of ${alerts.length + count} alerts of a post could not be read`,
      zh: `一次请求的 ${alerts.length + count} 条告警中有 ${count} 条无法读取`,
    },
    description: {
      en: `The others were taken. ${found}. As it came: ${first}`,
      zh: `其余告警已正常处理。${found}。原始内容：${first}`,
    },
  });
}
