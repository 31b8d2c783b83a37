// What people at a terminal are told when the running relay refuses.
import { describe, expect, it } from '@jest/globals';
import { refusalOf, silenceOf } from './relay-answer.js';

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

  it.each(['<html>404</html>', '', '404 page not found', '{"message":"no"}', '{"error":{"code":5}}'])(
    'by another program says so: %j',
    (body) => {
      expect(refusalOf(ASKED, 404, body)).toMatch(/is not this relay \(HTTP 404\).*listen of relay\.yml/);
    },
  );
});

describe('silence of the running relay', () => {
  it('names the cause, and never the token', () => {
    const refused = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } });
    expect(silenceOf(ASKED, refused)).toMatch(/did not answer \(ECONNRESET\)/);
    const header = new TypeError('Headers.append: "Bearer s3cr3t" is an invalid header value.');
    expect(silenceOf(ASKED, header)).toMatch(/token or password in relay\.yml cannot be sent/);
    expect(silenceOf(ASKED, header)).not.toContain('s3cr3t');
  });
});
