// What a log line holds, and what it never holds.
import { describe, expect, it } from '@jest/globals';
import { createLog, memoryLog, silentLog } from './log.js';
import { Secret } from './secret.js';

describe('the log', () => {
  it('writes one JSON line for each message, with level, ISO time and name', () => {
    const written: string[] = [];
    const log = createLog({
      level: 'info',
      name: 'celery-exporter',
      destination: { write: (line) => void written.push(line) },
    });
    log.info({ port: 9808 }, 'listening');
    log.debug('not at this level');
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(written[0] ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      name: 'celery-exporter',
      port: 9808,
      msg: 'listening',
    });
  });

  it('hides passwords, tokens and authorization headers wherever they stand', () => {
    const { log, lines } = memoryLog();
    log.info(
      {
        password: 'hunter2',
        smtp: { password: 'hunter2', user: 'me' },
        req: { headers: { authorization: 'Bearer hunter2' } },
        token: 'hunter2',
      },
      'x',
    );
    log.info({ broker: new Secret('hunter2') }, 'x');
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(lines[0]?.['smtp']).toEqual({ password: '[redacted]', user: 'me' });
  });

  it('hides the passwords of URLs in messages, errors, their stacks and causes, and in fields of a child', () => {
    const { log, lines } = memoryLog();
    const error = new Error('cannot reach redis://:hunter2@redis:6379/0', {
      cause: new Error('AUTH redis://:hunter2@redis failed'),
    });
    log.error(error);
    log.error({ err: error, tried: ['redis://:hunter2@redis'] }, 'url "redis://:hunter2@redis" is wrong');
    log.warn('tried %s', 'redis://:hunter2@redis');
    log.child({ url: 'https://x.test/?key=hunter2' }).warn('x');
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(lines[0]?.msg).toBe('cannot reach redis://:[redacted]@redis:6379/0');
    expect(lines[1]?.msg).toBe('url "redis://:[redacted]@redis" is wrong');
    expect((lines[1]?.['err'] as Error).stack).toMatch(/ at .*log\.test/);
  });

  it('can be silent', () => {
    expect(silentLog().isLevelEnabled('fatal')).toBe(false);
  });
});
