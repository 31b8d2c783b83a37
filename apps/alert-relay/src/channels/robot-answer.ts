// How the robots answer: HTTP 200 whatever happened, and a code in the JSON body that says what did
// (docs/protocol/channels.md#robot-answers).
import { readRecord } from '@celery-watch/service/texts';
import type { Reason, Verdict } from '../notification/index.js';
import { ambiguousAnswer, isSuccess, judgeLost, judgeStatus, type Exchange } from './http-channel.js';
import type { Redact } from './wording.js';

/**
 * What one code means. Where a server uses one code for several things, `says` is what must be found in its message.
 */
export interface CodeRule {
  readonly code: number;
  readonly says?: RegExp;
  readonly kind: 'retry' | 'permanent';
  readonly reason: Reason;
  readonly afterMs?: number;
  readonly wholeChannel?: boolean;
}

export interface RobotDialect {
  /** Fields that may hold the code and the message; the first that is there counts. */
  readonly code: readonly string[];
  readonly message: readonly string[];
  /** The first rule that fits decides. */
  readonly rules: readonly CodeRule[];
}

/**
 * A code that is in no rule says that it was refused, and is tried again: in doubt people are told twice rather than
 * never. A success of HTTP without a code says nothing: the message may be there.
 */
export function judgeRobot(exchange: Exchange, dialect: RobotDialect, now: number, redact: Redact): Verdict {
  if (exchange.kind !== 'answered') return judgeLost(exchange, redact);
  const answer = readRecord(exchange.body);
  const code = numberIn(answer, dialect.code);
  const byStatus = judgeStatus(exchange, now, redact);
  if (code === undefined) {
    if (byStatus !== undefined) return byStatus;
    const said = redact(`HTTP ${exchange.status} without a code: ${exchange.body}`);
    return isSuccess(exchange.status)
      ? ambiguousAnswer(said)
      : { kind: 'retry', reason: 'not_understood', detail: said };
  }
  const message = textIn(answer, dialect.message);
  const detail = redact(`code ${code}: ${message}`);
  if (code === 0)
    return isSuccess(exchange.status)
      ? { kind: 'delivered', reason: 'ok', detail }
      : (byStatus ?? { kind: 'retry', reason: 'not_understood', detail });
  const rule = dialect.rules.find((each) => each.code === code && (each.says?.test(message) ?? true));
  if (rule === undefined) return byStatus ?? { kind: 'retry', reason: 'not_understood', detail };
  if (rule.kind === 'permanent') return { kind: 'permanent', reason: rule.reason, detail };
  return {
    kind: 'retry',
    reason: rule.reason,
    detail,
    ...(rule.afterMs !== undefined && { afterMs: rule.afterMs }),
    ...(rule.wholeChannel === true && { wholeChannel: true }),
  };
}

function numberIn(answer: Readonly<Record<string, unknown>>, fields: readonly string[]): number | undefined {
  for (const field of fields) {
    const value = answer[field];
    if (typeof value === 'number') return value;
    if (typeof value === 'string' && /^-?\d+$/.test(value)) return Number(value);
  }
  return undefined;
}

function textIn(answer: Readonly<Record<string, unknown>>, fields: readonly string[]): string {
  for (const field of fields) {
    const value = answer[field];
    if (typeof value === 'string') return value;
  }
  return '';
}
