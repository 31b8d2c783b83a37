// What the log says at the start of who may ask for what.
import { expect, test } from '@jest/globals';
import { bearerHash, type DoorPlan, doorPlan } from './door/door-plan.js';
import { openDoors } from './open-doors.js';
import { NO_WEB_CONFIG, type TlsPlan } from './web-config/web-config.js';

const THINGS = [
  ['post', '/webhook'],
  ['operator', '/-/…'],
  ['metrics', '/metrics'],
  ['probe', '/healthz'],
] as const;
const told = (parts: Partial<DoorPlan>) =>
  openDoors({
    plan: { ...doorPlan(NO_WEB_CONFIG, { credentials: [], isLocal: false, howToLock: 'set auth' }), ...parts },
    address: '0.0.0.0:9095',
    things: THINGS,
  });

test('who may come in, and which key changes that', () => {
  expect(told({})).toEqual({
    isOpen: true,
    text:
      '0.0.0.0:9095 speaks plain HTTP; open to everybody who can reach it: /webhook, /metrics, /healthz; ' +
      'closed to everybody: /-/…; set auth',
  });
  expect(told({ isLocal: true })).toMatchObject({
    isOpen: false,
    text: expect.stringMatching(/from this machine: .*\/-\/…/),
  });
  const locks = ['post', 'operator'] as const;
  expect(told({ credentials: [{ kind: 'bearer', hash: bearerHash('t'), locks, opens: locks }] })).toEqual({
    isOpen: true,
    text:
      '0.0.0.0:9095 speaks plain HTTP; open to everybody who can reach it: /metrics, /healthz; ' +
      'only with a login: /webhook, /-/…; set auth',
  });
  const tls = { clientAuth: 'RequireAnyClientCert' } as TlsPlan;
  expect(told({ tls })).toMatchObject({
    isOpen: true,
    text: expect.stringMatching(/any client certificate, which nobody verifies/),
  });
  expect(told({ tls: { ...tls, clientAuth: 'RequireAndVerifyClientCert' } })).toMatchObject({ isOpen: false });
  const users = [{ name: 'u', hash: '' }];
  expect(told({ users })).toMatchObject({
    isOpen: false,
    text: expect.stringMatching(/it: \/healthz; only with a login: [^;]*$/),
  });
});
