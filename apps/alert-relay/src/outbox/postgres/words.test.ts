// What errors of the server mean, what relays tell each other, and which texts can be keys: pure decisions.
import { describe, expect, it } from '@jest/globals';
import { failureOf, isAway, isCollision, isTimeout, refusalOf } from './failures.js';
import { backoffMs, readSignal, signalOf } from './signal-text.js';
import { idsOf, indexKey, nameWhereNoKey, plainText } from './texts.js';

const error = (message: string, code?: string): Error =>
  Object.assign(new Error(message), code !== undefined && { code });

describe('an error', () => {
  it.each([
    ['ECONNREFUSED', true],
    ['ECONNRESET', true],
    ['57P01', true],
    ['57P03', true],
    ['53300', true],
    ['25006', true],
    ['08006', true],
    ['28P01', true],
    ['40P01', false],
    ['57014', false],
    ['55P03', false],
    ['23505', false],
    ['22P02', false],
  ])('%s tells whether the server is away: %s', (code, away) => {
    expect(isAway(failureOf(error('x', code)))).toBe(away);
  });

  it('without a code is one of the connection', () => {
    expect(isAway(failureOf(error('Connection terminated unexpectedly')))).toBe(true);
    expect(isTimeout(failureOf(error('Query read timeout')))).toBe(true);
    expect(isTimeout(failureOf(error('timeout exceeded when trying to connect')))).toBe(true);
    expect(isTimeout(failureOf(error('Connection terminated unexpectedly')))).toBe(false);
  });

  it('of a deadlock or a serialization is worth the same again', () => {
    expect(['40001', '40P01', '23505'].map((code) => isCollision(failureOf(error('x', code))))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('of several addresses is told by the first', () => {
    const several = Object.assign(new AggregateError([error('connect ECONNREFUSED ::1:5432', 'ECONNREFUSED')]), {
      code: 'ECONNREFUSED',
    });
    expect(refusalOf(failureOf(several))).toEqual({
      why: 'cannot be reached: connect ECONNREFUSED ::1:5432',
      mayPass: true,
    });
  });

  it.each([undefined, null, 'gone', 7])('that is none, such as %s, has words, too', (given) => {
    expect(failureOf(given)).toEqual({ code: undefined, message: String(given), constraint: undefined });
  });

  it('says whether it may pass', () => {
    const mayPass = (code: string): boolean => refusalOf(failureOf(error('x', code))).mayPass;
    expect(['57P03', '53300', '25006', 'ENOTFOUND', 'ETIMEDOUT'].map(mayPass)).toEqual(Array(5).fill(true));
    expect(['28P01', '28000', '3D000', '42501', 'SELF_SIGNED_CERT_IN_CHAIN'].map(mayPass)).toEqual(
      Array(5).fill(false),
    );
  });
});

describe('a signal', () => {
  it('names the channels, and says that it is our own', () => {
    const text = signalOf('me', new Set(['a', '警']));
    expect(readSignal(text, 'other')).toEqual(new Set(['a', '警']));
    expect(readSignal(text, 'me')).toBe('ours');
  });

  it('of very many channels, or of another version, is of any', () => {
    const text = signalOf('me', new Set(Array.from({ length: 500 }, (_, i) => `a long name of a channel ${i}`)));
    expect(Buffer.byteLength(text)).toBeLessThan(100);
    expect(readSignal(text, 'other')).toBeUndefined();
    for (const foreign of [undefined, '', '{}', '[1, 2]', '["x", [3]]'])
      expect(readSignal(foreign, 'me')).toBeUndefined();
  });

  it('is listened for again after 1 to 30 s', () => {
    expect([0, 1, 4, 5, 1e9].map(backoffMs)).toEqual([1_000, 2_000, 16_000, 30_000, 30_000]);
  });
});

describe('a key', () => {
  it('is short and can be stored, and texts that differ have different ones', () => {
    const texts = ['', 'x', 'x\0', '\ud800', 'y'.repeat(501), 'y'.repeat(502), 'sha256:x', '警'.repeat(500)];
    const keys = texts.map(indexKey);
    expect(new Set(keys).size).toBe(texts.length);
    for (const key of keys) expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1_500);
    expect(keys.every((key) => key.isWellFormed() && !key.includes('\0'))).toBe(true);
    expect(keys.map(indexKey).slice(0, 4)).toEqual(keys.slice(0, 4));
  });

  it('that is not the text itself goes with its name', () => {
    expect(nameWhereNoKey('x')).toBeNull();
    expect(JSON.parse(nameWhereNoKey('x\0\ud800') ?? '')).toBe('x\0\ud800');
  });

  it('is not what people read, which loses what cannot be stored', () => {
    expect(plainText('a\0b\ud800')).toBe('a\u{fffd}b\u{fffd}');
    expect(idsOf([1, NaN, 0.5, -1, Infinity])).toEqual([1, -1]);
  });
});
