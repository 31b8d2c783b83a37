// What each robot's code means: the tables of the three servers.
import { describe, expect, it } from '@jest/globals';
import { DINGTALK_ANSWERS } from './dingtalk.js';
import { FEISHU_ANSWERS } from './feishu.js';
import type { Exchange } from './http-channel.js';
import { judgeRobot, type RobotDialect } from './robot-answer.js';
import { NOW } from './testing.js';
import { WECOM_ANSWERS } from './wecom.js';

const say = (text: string): string => text;
const answered = (body: unknown, status = 200, retryAfter?: string): Exchange => ({
  kind: 'answered',
  status,
  retryAfter,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const judge = (dialect: RobotDialect, exchange: Exchange) => judgeRobot(exchange, dialect, NOW, say);

describe('answers of robots', () => {
  it.each([
    [-1, '系统繁忙', 'retry', 'server_error'],
    [310000, 'keywords not in content, more: [https://ding-doc.dingtalk.com/doc]', 'permanent', 'content'],
    [310000, 'sign not match', 'permanent', 'credentials'],
    [310000, 'ip 10.0.0.1 not in whitelist', 'permanent', 'credentials'],
    [300001, 'token is not exist', 'permanent', 'credentials'],
    [400101, 'access_token is wrong', 'permanent', 'credentials'],
    [400102, 'the robot is disabled', 'permanent', 'credentials'],
    [460101, 'message too long', 'permanent', 'too_large'],
    [101002, 'message too long', 'permanent', 'too_large'],
    [987654, 'something new', 'retry', 'not_understood'],
  ])('DingTalk %s %s: %s, %s', (errcode, errmsg, kind, reason) => {
    const verdict = judge(DINGTALK_ANSWERS, answered({ errcode, errmsg }));
    expect(verdict).toEqual({ kind, reason, detail: `code ${errcode}: ${errmsg}` });
  });

  it('waits out the ten minutes for which DingTalk shuts a robot that was too fast, with every message', () => {
    const verdict = judge(DINGTALK_ANSWERS, answered({ errcode: 130101, errmsg: 'send too fast' }));
    expect(verdict).toEqual({
      kind: 'retry',
      reason: 'rate_limited',
      afterMs: 600_000,
      wholeChannel: true,
      detail: 'code 130101: send too fast',
    });
  });

  it.each([
    [-1, 'system busy', 'retry', 'server_error'],
    [40058, 'markdown.content exceed max length 4096. invalid Request Parameter', 'permanent', 'too_large'],
    [40058, 'invalid Request Parameter, hint: [1]', 'permanent', 'unsendable'],
    [40008, 'invalid message type', 'permanent', 'unsendable'],
    [93000, 'invalid webhook url', 'permanent', 'credentials'],
    [1, 'something new', 'retry', 'not_understood'],
  ])('WeCom %s %s: %s, %s', (errcode, errmsg, kind, reason) => {
    expect(judge(WECOM_ANSWERS, answered({ errcode, errmsg }))).toMatchObject({ kind, reason });
  });

  it('gives WeCom a minute when it was asked too often', () => {
    expect(judge(WECOM_ANSWERS, answered({ errcode: 45009, errmsg: 'api freq out of limit' }))).toMatchObject({
      kind: 'retry',
      reason: 'rate_limited',
      afterMs: 60_000,
      wholeChannel: true,
    });
  });

  it.each([
    [9499, 'Bad Request', 'permanent', 'unsendable'],
    [9499, 'Bad Request: body size exceeds the limit', 'permanent', 'too_large'],
    [9499, 'too many request', 'retry', 'rate_limited'],
    [19021, 'sign match fail or timestamp is not within one hour from current time', 'permanent', 'credentials'],
    [19022, 'Ip Not Allowed', 'permanent', 'credentials'],
    [19024, 'Key Words Not Found', 'permanent', 'content'],
    [11246, 'parse card json err', 'permanent', 'unsendable'],
    [19036, 'too big', 'permanent', 'too_large'],
    [11232, 'frequency limited psm', 'retry', 'rate_limited'],
    [2200, 'internal error', 'retry', 'server_error'],
    [5, 'something new', 'retry', 'not_understood'],
  ])('Feishu %s %s: %s, %s', (code, msg, kind, reason) => {
    expect(judge(FEISHU_ANSWERS, answered({ code, msg }))).toMatchObject({ kind, reason });
    expect(judge(FEISHU_ANSWERS, answered({ StatusCode: code, StatusMessage: msg }, 400))).toMatchObject({
      kind,
      reason,
    });
  });

  it.each([
    [DINGTALK_ANSWERS, { errcode: 0, errmsg: 'ok' }],
    [WECOM_ANSWERS, { errcode: 0, errmsg: 'ok' }],
    [FEISHU_ANSWERS, { code: 0, msg: 'success', data: {} }],
    [FEISHU_ANSWERS, { StatusCode: 0, StatusMessage: 'success', Extra: null }],
    [FEISHU_ANSWERS, { code: '0', msg: 'success' }],
  ])('calls code 0 delivered (%#)', (dialect, body) => {
    expect(judge(dialect, answered(body))).toMatchObject({ kind: 'delivered', reason: 'ok' });
  });

  it.each([
    ['a redirect', '', 302, 'not_understood'],
    ['a forbidding gateway', '{"message":"no"}', 403, 'not_understood'],
    ['code 0 with a failed status', '{"errcode":0}', 500, 'server_error'],
    ['a gateway that says its server is away', '<html>503</html>', 503, 'server_error'],
    ['a gateway that limits', 'slow down', 429, 'rate_limited'],
  ])('never calls %s delivered, and tries again', (_, body, status, reason) => {
    expect(judge(DINGTALK_ANSWERS, answered(body, status))).toMatchObject({ kind: 'retry', reason });
  });

  it.each([
    ['a page', '<html><body>ok</body></html>', 200],
    ['another JSON', '{"success":true}', 200],
    ['no body', '', 200],
    ['nothing that could be created', '', 201],
    ['no content', '', 204],
    ['a word', 'ok', 200],
    ['a JSON that is cut off', '{"errcode":', 200],
    ['a JSON that is no object', '0', 200],
    ['a JSON that is a list', '[{"errcode":0}]', 200],
    ['a code that is no number', '{"errcode":"ok","code":null}', 200],
  ])('does not know what a success of HTTP with %s means', (_, body, status) => {
    for (const dialect of [DINGTALK_ANSWERS, WECOM_ANSWERS, FEISHU_ANSWERS])
      expect(judge(dialect, answered(body, status))).toMatchObject({ kind: 'ambiguous', reason: 'not_understood' });
  });

  it.each([502, 504])('does not know what became of a request that a gateway had no answer to (%s)', (status) => {
    expect(judge(DINGTALK_ANSWERS, answered('<html>bad gateway</html>', status))).toMatchObject({
      kind: 'ambiguous',
      reason: 'server_error',
    });
  });

  it('trusts a code before the status', () => {
    expect(judge(FEISHU_ANSWERS, answered({ code: 19024, msg: 'Key Words Not Found' }, 500))).toMatchObject({
      kind: 'permanent',
      reason: 'content',
    });
  });

  it('judges what got no answer by whether it was sent', () => {
    expect(judge(WECOM_ANSWERS, { kind: 'unsent', timedOut: false, code: 'ECONNREFUSED' })).toEqual({
      kind: 'retry',
      reason: 'network',
      detail: 'no connection: ECONNREFUSED',
    });
    expect(judge(WECOM_ANSWERS, { kind: 'unsent', timedOut: true, code: 'ABORT_ERR' })).toMatchObject({
      kind: 'retry',
      reason: 'timeout',
    });
    expect(judge(WECOM_ANSWERS, { kind: 'unanswered', timedOut: false, code: 'ECONNRESET' })).toMatchObject({
      kind: 'ambiguous',
      reason: 'network',
    });
    expect(judge(WECOM_ANSWERS, { kind: 'unanswered', timedOut: true, code: 'ABORT_ERR' })).toMatchObject({
      kind: 'ambiguous',
      reason: 'timeout',
    });
  });
});
