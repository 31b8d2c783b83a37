// The words of messages in Chinese.
import type { Words } from './words.js';

const URGENCY = { critical: '紧急', warning: '警告', info: '提示' } as const;

export const WORDS_ZH: Words = {
  urgency: URGENCY,
  resolved: '已恢复',
  over: (summary) => `已结束：${summary}`,
  stillFiring: '持续告警',
  labels: {
    name: '任务',
    task: '任务',
    queue: '队列',
    worker: 'Worker',
    instance: '实例',
    hostname: '主机',
    channel: '渠道',
  },
  reasons: {
    ok: '已送达',
    network: '网络不通',
    timeout: '响应超时',
    rate_limited: '触发限流',
    server_error: '服务端错误',
    credentials: '鉴权失败',
    content: '内容被拒绝',
    too_large: '消息过大',
    address: '地址无效',
    not_understood: '响应无法识别',
    unsendable: '无法发送',
    expired: '重试超时',
    channel_removed: '渠道已移除',
  },
  links: {
    runbook: '处理手册',
    graph: '查看图表',
    dashboard: '监控面板',
    silence: '静默',
    silenceGroup: '静默整组',
    alertmanager: 'Alertmanager',
  },
  value: '当前值',
  unnamed: '未命名告警',
  colon: '：',
  comma: '、',
  clause: '，',
  shortened: '…（已截断）',
  tag: {
    firing: (n, urgency) => `【告警中 ${n}·${URGENCY[urgency]}】`,
    stillFiring: (n, urgency) => `【持续告警 ${n}·${URGENCY[urgency]}】`,
    resolved: (n) => `【已恢复 ${n}】`,
    partlyResolved: (resolved, firing) => `【已恢复 ${resolved}·告警中 ${firing}】`,
  },
  groups: ({ text }) => `${text} 个告警组`,
  andMore: ({ text }) => `另有 ${text} 条`,
  andOthers: ({ text }) => `，另 ${text} 种`,
  changes: {
    fresh: ({ text }) => `新增 ${text} 条`,
    resolved: ({ text }) => `恢复 ${text} 条`,
    stillFiring: ({ text }, urgencies, complete) =>
      complete
        ? `${urgencies.join('、')}仍在告警`
        : `${text} 条仍在告警${urgencies.length > 0 ? `（${[...urgencies, '…'].join('、')}）` : ''}`,
    reminder: '重复提醒',
  },
  continued: (from, to, of) => `续：第 ${from}–${to} 条，共 ${of} 条`,
  late: (accepted, span) => `延迟送达：${accepted} 已收到，距今 ${span}`,
  possibleDuplicate: '可能重复：上一次发送可能已送达',
  undelivered: (channel, reason) => `未能通过 ${channel} 送达：${reason}`,
  truncated: ({ text }) => `Alertmanager 还省略了本组 ${text} 条告警`,
  since: (at, span) => `${at} 开始，已持续 ${span}`,
  ended: (from, to, span) =>
    `${from !== undefined && to !== undefined ? `${from} – ${to}` : to !== undefined ? `${to} 恢复` : from !== undefined ? `${from} 开始` : ''}${span === undefined ? '' : `，持续 ${span}`}`,
  lasted: (span) => `，持续 ${span}`,
  step: { firing: (at) => `${at} 触发`, resolved: (at) => `${at} 恢复` },
  changedOften: ({ text }, since) => `自 ${since} 起状态变化 ${text} 次`,
  standing: ({ text }) => `仍在告警（${text} 条）`,
  folded: ({ text }, parts) => `… 另有 ${text} 条（${parts}）`,
  counted: { firing: (n, urgency) => `${URGENCY[urgency]} ${n} 条`, resolved: (n) => `已恢复 ${n} 条` },
  otherNames: ({ text }) => `其他 ${text} 种告警`,
  receiver: '接收者',
};
