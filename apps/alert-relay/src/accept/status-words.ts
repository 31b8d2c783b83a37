// What senders call the state of an alert, in which words and languages: it fires, it has ended, or it is nothing that
// people are to hear of.
import { clip, isRecord } from '@celery-watch/service';
import type { AlertStatus } from '../notification/index.js';
import { textOf } from './values.js';

/** `quiet`: it waits for its `for`, or somebody silenced it where it came from. It is neither told nor remembered. */
export type Said = AlertStatus | 'quiet';

/** Lower case, one blank between words. Words of more than one language have one list: none means two things. */
const WORDS: Readonly<Record<Said, readonly string[]>> = {
  firing: [
    ...['firing', 'fire', 'fires', 'alerting', 'alert', 'alarm', 'active', 'unprocessed', 'problem', 'triggered'],
    ...['trigger', 'open', 'opened', 'reopened', 'new', 'created', 'started', 'ongoing', 'raised', 'critical', 'crit'],
    ...['warning', 'warn', 'error', 'failed', 'failure', 'failing', 'down', 'red', 'unhealthy', 'unresolved'],
    ...['acknowledged', 'ack', 'no data', 'nodata', 'recovering'],
    ...[
      '告警',
      '告警中',
      '报警',
      '报警中',
      '触发',
      '触发中',
      '异常',
      '故障',
      '未恢复',
      '未解决',
      '持续告警',
      '严重',
      '警告',
    ],
    ...['告警觸發', '觸發', '異常'],
  ],
  resolved: [
    ...['resolved', 'resolve', 'resolves', 'solved', 'ok', 'okay', 'normal', 'inactive', 'recovered', 'recovery'],
    ...['recover', 'closed', 'close', 'cleared', 'clear', 'all clear', 'fixed', 'fix', 'ended', 'end', 'expired', 'up'],
    ...[
      'success',
      'succeeded',
      'successful',
      'green',
      'healthy',
      'healed',
      'passing',
      'passed',
      'finished',
      'complete',
    ],
    ...['completed', 'auto resolved', 'autoresolved', 'restored', 'not firing', 'back to normal'],
    ...[
      '恢复',
      '已恢复',
      '恢复正常',
      '已恢复正常',
      '告警恢复',
      '告警已恢复',
      '正常',
      '解决',
      '已解决',
      '告警解除',
      '解除',
    ],
    ...['已解除', '已关闭', '关闭', '已消除', '消除', '已清除', '清除', '已修复', '修复', '已结束', '结束'],
    ...['恢復', '已恢復', '已解決', '解決', '解決済み', '已關閉', '復旧'],
  ],
  quiet: [
    ...['pending', 'suppressed', 'silenced', 'muted', 'inhibited', 'snoozed', 'paused', 'disabled'],
    ...['已静默', '静默', '已屏蔽', '屏蔽', '已抑制', '抑制'],
  ],
};

const MEANING: ReadonlyMap<string, Said> = new Map(
  (['firing', 'resolved', 'quiet'] as const).flatMap((said) => WORDS[said].map((word) => [word, said] as const)),
);
const LONGEST_WORD = 101;

/** Undefined where it says nothing, or nothing that is known. AlertManager's own API has an object with a `state`. */
export function saidBy(value: unknown): Said | undefined {
  const text = wordOf(value);
  return MEANING.get(text) ?? MEANING.get(plain(text));
}

/** What it says, as it came; empty where it says nothing. */
export function wordOf(value: unknown): string {
  return clip(textOf(isRecord(value) ? value['state'] : value).trim(), LONGEST_WORD);
}

/** `Normal (NoData)`, `✅ RESOLVED!`, `no_data`: without what stands behind, around and between the words. */
function plain(word: string): string {
  return word
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s*\([^()]*\)$/, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
