// Who may ask for what, by every way to log in that a program can have.
import { describe, expect, it, test } from '@jest/globals';
import { NO_WEB_CONFIG } from '../web-config/web-config.js';
import {
  type Audience,
  basicHash,
  bearerHash,
  challengeOf,
  type Credential,
  decide,
  type DoorPlan,
  doorPlan,
  isLoopback,
} from './door-plan.js';

const reads = ['metrics', 'page'] as const;
const writes = ['post', 'operator'] as const;
const TOKEN: Credential = { kind: 'bearer', hash: bearerHash('tøken'), locks: reads, opens: reads };
const WEBHOOK: Credential = {
  kind: 'basic',
  hash: basicHash('am', 'pass:word'),
  locks: writes,
  opens: [...writes, ...reads],
};
const USER = { name: 'u', hash: '$2y$10$…' };

function plan(parts: Partial<DoorPlan> = {}): DoorPlan {
  return { ...doorPlan(NO_WEB_CONFIG, { credentials: [], isLocal: false, howToLock: 'set x' }), ...parts };
}
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
const ALL: readonly Audience[] = ['probe', 'metrics', 'page', 'post', 'operator'];
const verdicts = (given: DoorPlan, header?: string): readonly unknown[] =>
  ALL.map((audience) => decide(audience, header, given));

describe('without any login', () => {
  it('everybody may ask for everything, but over the network nobody for what operators do', () => {
    expect(verdicts(plan())).toEqual(['in', 'in', 'in', 'in', 'never']);
    expect(verdicts(plan({ isLocal: true }))).toEqual(['in', 'in', 'in', 'in', 'in']);
  });
});

describe('a token for metrics', () => {
  it('locks what is read, and opens no more than that', () => {
    const locked = plan({ credentials: [TOKEN] });
    expect(verdicts(locked)).toEqual(['in', 'wrong', 'wrong', 'in', 'never']);
    expect(verdicts(locked, 'bearer  tøken')).toEqual(['in', 'in', 'in', 'in', 'never']);
    const both = plan({ credentials: [TOKEN, WEBHOOK] });
    expect(verdicts(both, 'Bearer tøken')).toEqual(['in', 'in', 'in', 'wrong', 'wrong']);
    expect(verdicts(both, basic('am:pass:word'))).toEqual(['in', 'in', 'in', 'in', 'in']);
  });
});

describe('users of the web configuration', () => {
  it('lock all but probes, and bcrypt has to say who they are', () => {
    const locked = plan({ users: [USER], isLocal: true });
    expect(verdicts(locked)).toEqual(['in', 'wrong', 'wrong', 'wrong', 'wrong']);
    const asked = { name: 'u', password: 'pass:word' };
    expect(verdicts(locked, basic('u:pass:word'))).toEqual(['in', asked, asked, asked, asked]);
    expect(decide('metrics', 'Bearer tøken', { ...locked, credentials: [TOKEN] })).toBe('in');
    expect(decide('metrics', basic('no-colon'), locked)).toBe('wrong');
  });
});

test.each([
  ['Bearer tøkeN', TOKEN],
  ['Basic tøken', TOKEN],
  ['Bearer', TOKEN],
  ['', TOKEN],
  [basic('am:pass'), WEBHOOK],
  [basic('pm:pass:word'), WEBHOOK],
  ['Bearer am:pass:word', WEBHOOK],
])('the header %j is no login', (header, credential) => {
  const [audience = 'probe'] = credential.locks;
  expect(decide(audience, header, plan({ credentials: [credential] }))).toBe('wrong');
});

test('a client that was refused learns the schemes and nothing else', () => {
  expect(challengeOf('metrics', 'x', plan({ credentials: [TOKEN] }))).toBe('Bearer realm="x"');
  expect(challengeOf('post', 'x', plan({ credentials: [TOKEN, WEBHOOK] }))).toBe('Basic realm="x", charset="UTF-8"');
  expect(challengeOf('metrics', 'x', plan({ credentials: [TOKEN], users: [USER] }))).toBe(
    'Basic realm="x", charset="UTF-8", Bearer realm="x"',
  );
});

test('only names of this machine are loopback', () => {
  expect(['127.0.0.1', '127.8.9.1', '::1', 'localhost', 'LOCALHOST'].map(isLoopback)).not.toContain(false);
  expect([undefined, '', '0.0.0.0', '::', '127.evil.example', '10.0.0.1'].map(isLoopback)).not.toContain(true);
});
