// What people at a terminal are told when the running relay refuses.
import { describe, expect, it } from '@jest/globals';
import { PATIENCE_MS, refusalOf, silenceOf } from './relay-answer.js';

const ASKED = { url: 'http://127.0.0.1:9095', config: 'relay.yml' };

describe('a refusal of the running relay', () => {
  it('for its auth says which file does not fit, and nothing of AlertManager', () => {
    const body = JSON.stringify({
      status: 'refused',
      error: 'the Authorization header is missing or wrong: AlertManager sends it with http_config.authorization',
    });
    for (const status of [401, 403]) {
      const said = refusalOf(ASKED, status, body);
      expect(said).toMatch(/does not accept the auth of relay\.yml.*--config.*SIGHUP/);
      expect(said).not.toMatch(/alertmanager|http_config/i);
    }
  });

  it('in its own words is passed on', () => {
    expect(refusalOf(ASKED, 400, '{"status":"refused","error":"no channel x"}')).toBe(
      'the relay at http://127.0.0.1:9095 answered 400: no channel x',
    );
  });

  it('since its store is away is the sentence of the store', () => {
    const body = '{"status":"unavailable","error":"the store postgres://h/d cannot be reached: connect ECONNREFUSED"}';
    expect(refusalOf(ASKED, 503, body)).toBe(
      'the relay at http://127.0.0.1:9095 runs, but its store is away: the store postgres://h/d cannot be reached: ' +
        'connect ECONNREFUSED. Try again when it is back',
    );
    expect(refusalOf(ASKED, 503, '<html>bad gateway</html>')).toMatch(/is not this relay \(HTTP 503\)/);
  });

  it.each(['<html>404</html>', '', '404 page not found', '{"message":"no"}', '{"error":{"code":5}}'])(
    'by another program says so: %j',
    (body) => {
      expect(refusalOf(ASKED, 404, body)).toMatch(/is not this relay \(HTTP 404\).*listen of relay\.yml/);
    },
  );
});

describe('silence of the running relay', () => {
  it('for too long says how long it was waited for', () => {
    expect(PATIENCE_MS).toBe(30_000);
    expect(silenceOf(ASKED, new DOMException('aborted', 'TimeoutError'))).toMatch(
      /did not answer within 30 s: it hangs/,
    );
  });

  it('names the cause, and never the token', () => {
    const refused = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } });
    expect(silenceOf(ASKED, refused)).toMatch(/did not answer \(ECONNRESET\)/);
    const header = new TypeError('Headers.append: "Bearer s3cr3t" is an invalid header value.');
    expect(silenceOf(ASKED, header)).toMatch(/token or password in relay\.yml cannot be sent/);
    expect(silenceOf(ASKED, header)).not.toContain('s3cr3t');
  });
});
