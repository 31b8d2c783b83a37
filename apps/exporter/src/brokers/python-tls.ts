// What decides about TLS in the words of Python's programs: their values of cert_reqs, and the same broker over TLS.

/** The words for a value of `cert_reqs`, for people. */
export const CERT_REQS_WANTED = 'one of required, optional, none; CERT_REQUIRED, CERT_OPTIONAL, CERT_NONE; 2, 1, 0';

/** A server always shows its certificate, so "optional" checks it too. */
const CERT_REQS = new Map([
  ['required', true],
  ['optional', true],
  ['none', false],
  ['2', true],
  ['1', true],
  ['0', false],
]);

/** Whether a value of `cert_reqs` asks for the certificate to be checked; undefined for a word that Python has not. */
export function readCertReqs(value: string): boolean | undefined {
  return CERT_REQS.get(value.toLowerCase().replace(/^(?:ssl\.)?cert_/, ''));
}

/** By scheme, what the URL of the same server over TLS begins with. */
const OVER_TLS = new Map([
  ['redis', 'rediss'],
  ['amqp', 'amqps'],
  ['pyamqp', 'amqps'],
  ['librabbitmq', 'amqps'],
]);

/**
 * The URL of the same broker over TLS: Python's settings switch it on by being there, whatever the URL says. One that
 * says so already stays as it is, and so does a socket, which needs none.
 */
export function overTls(url: string): string {
  const servers = url.split(';').map((server) => {
    const [whole = '', before = '', scheme = ''] = /^(\s*)([a-z]+):\/\//i.exec(server) ?? [];
    const over = OVER_TLS.get(scheme.toLowerCase());
    return over === undefined ? server : `${before}${over}://${server.slice(whole.length)}`;
  });
  // The master behind Sentinels is reached as the first of them says, whose scheme knows no TLS of its own.
  if (/^\s*sentinel:\/\//i.test(url) && !/[?&]ssl_/.test(servers[0] ?? ''))
    servers[0] = withParameter(servers[0] ?? '', 'ssl_cert_reqs=required');
  return servers.join(';');
}

function withParameter(url: string, parameter: string): string {
  return `${url.trimEnd()}${url.includes('?') ? '&' : '?'}${parameter}`;
}
