// TLS in front of the HTTP server: what strangers send instead of a handshake is cut, counted, and harms nobody; which
// certificate counts changes while it runs.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect, it } from '@jest/globals';
import { HttpRefusals, listen, memoryLog, readWebConfig, type TlsPlan } from '@celery-watch/service';
import { askOverTls, createCertificates, Testbed } from '@celery-watch/testbed';

/** What a web configuration asks for that lies in the testbed's folder. */
async function planOf(bed: Testbed, more = ''): Promise<TlsPlan> {
  const file = path.join(bed.folder, 'web.yml');
  await writeFile(file, `tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n${more}`);
  const { result } = readWebConfig({ file, readFile: (name) => readFileSync(name, 'utf8') });
  if (!result.ok || result.config.tls === undefined) throw new Error('the configuration is wrong');
  return result.config.tls;
}

async function started(tls: TlsPlan | undefined) {
  const { log, lines } = memoryLog();
  const refusals = new HttpRefusals(log);
  const server = await listen((_request, response) => response.end('served'), {
    host: '127.0.0.1',
    port: 0,
    log,
    refusals,
    tls,
    handshakeTimeoutMs: 300,
    closeDeadlineMs: 100,
  });
  return { server, lines, counts: () => Object.fromEntries(refusals.counts) };
}

/** The first bytes of a real client. */
async function clientHello(): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = connectTls({ port, host: '127.0.0.1' }).on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [hello] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  server.close();
  return hello;
}

it('what is no handshake is cut in time, whatever it is, and answers go on', async () => {
  await using bed = new Testbed();
  const { ca } = await createCertificates(bed.folder);
  const { server, counts, lines } = await started(await planOf(bed));
  const hello = await clientHello();
  const broken = Buffer.from(hello);
  broken[60] = 255;
  const strangers: readonly ((socket: Socket) => void)[] = [
    () => undefined,
    (socket) => void socket.write(hello.subarray(0, 3)),
    (socket) => void socket.write(hello.subarray(0, 100)),
    (socket) => void socket.write(hello),
    (socket) => void socket.end(hello.subarray(0, 100)),
    (socket) => void socket.end(hello),
    (socket) => void socket.write(Buffer.concat([hello.subarray(0, 5), broken])),
    (socket) => void socket.write('GET / HTTP/1.1\r\n\r\n'),
    (socket) => void socket.resetAndDestroy(),
  ];
  const ends = strangers.map(async (send) => {
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined).resume();
    await once(socket, 'connect');
    send(socket);
    // Our side stays open: it is the server that ends it.
    if (!socket.destroyed && !socket.readableEnded) await Promise.race([once(socket, 'end'), once(socket, 'close')]);
    socket.destroy();
  });
  expect(await askOverTls(server.url, { ca })).toMatchObject({ status: 200, text: 'served' });
  await Promise.all(ends);
  expect(await askOverTls(server.url, { ca })).toMatchObject({ status: 200 });
  expect(counts()['handshake']).toBeGreaterThanOrEqual(strangers.length - 1);
  // One line a minute at most.
  expect(lines.filter(({ reason }) => reason === 'handshake')).toHaveLength(1);
  await server.close();
});

it('TLS, its versions and who must show a certificate change for new connections', async () => {
  await using bed = new Testbed();
  const { ca, clientCertificate: cert, clientKey: key } = await createCertificates(bed.folder);
  const { server, counts } = await started(undefined);
  const port = String(server.port);
  const ask = (more = {}) => askOverTls(`https://127.0.0.1:${port}/`, { ca, ...more }).then(({ status }) => status);
  const plain = () =>
    fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } }).then(({ status }) => status);
  expect(await plain()).toBe(200);
  server.useTls(await planOf(bed, '  max_version: TLS12\n'));
  expect(await Promise.all([ask(), plain()])).toEqual([200, 400]);
  await expect(ask({ versions: ['TLSv1.3', 'TLSv1.3'] })).rejects.toThrow(/version/);
  const demanding = '  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n';
  server.useTls(await planOf(bed, demanding));
  expect(await Promise.all([ask(), ask({ cert, key })])).toEqual([403, 200]);
  // Nobody has such a name in it.
  server.useTls(await planOf(bed, `${demanding}  client_allowed_sans: [prometheus]\n`));
  expect(await Promise.all([ask(), ask({ cert, key })])).toEqual([403, 403]);
  expect(counts()['certificate']).toBe(3);
  expect(() => {
    server.useTls({ ...({} as TlsPlan), cert: 'junk', key: 'junk', clientAuth: 'NoClientCert' });
  }).toThrow();
  expect(await ask({ cert, key })).toBe(403);
  server.useTls(undefined);
  expect(await plain()).toBe(200);
  await server.close();
});

it('who is connected under other rules has to come again, and a renewal lets everybody stay', async () => {
  await using bed = new Testbed();
  const { server } = await started(undefined);
  await createCertificates(bed.folder);
  const connected = async (): Promise<{ readonly socket: Socket; readonly ask: () => Promise<string> }> => {
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    socket.on('error', () => undefined).resume();
    await once(socket, 'connect');
    const ask = async (): Promise<string> => {
      if (socket.destroyed) return 'closed';
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      const [heard] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [unknown];
      return Buffer.isBuffer(heard) ? heard.toString('latin1').slice(9, 12) : 'closed';
    };
    return { socket, ask };
  };
  const [used, fresh] = [await connected(), await connected()];
  expect(await used.ask()).toBe('200');
  server.useTls(undefined);
  expect(await used.ask()).toBe('200');
  const gone = once(used.socket, 'close');
  server.useTls(await planOf(bed, ''));
  await gone;
  // It has not asked for anything yet.
  expect(await fresh.ask()).toBe('closed');
  await server.close();
});
