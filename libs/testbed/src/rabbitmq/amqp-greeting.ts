// Whether somebody on a port really speaks AMQP 0-9-1: greeted, it opens with connection.start.
import { readFile } from 'node:fs/promises';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import type { Certificates } from '../tls/certificates.js';

const GREETING = Buffer.from('AMQP\x00\x00\x09\x01', 'latin1');
// Frame type 1 (method) on channel 0; after its length come class 10 (connection) and method 10 (start).
const METHOD_FRAME = Buffer.from([1, 0, 0]);
const CONNECTION_START = Buffer.from([0, 10, 0, 10]);
const CLASS_AT = 7;
const PATIENCE = 5_000;

export async function answersAmqp(port: number, certificates: Certificates | undefined): Promise<boolean> {
  const socket = await open(port, certificates);
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error(`no answer from port ${port}`)));
    socket.once('error', reject);
    socket.once('close', () => {
      resolve(false);
    });
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      if (received.length < CLASS_AT + CONNECTION_START.length) return;
      const started = received.subarray(CLASS_AT, CLASS_AT + CONNECTION_START.length).equals(CONNECTION_START);
      resolve(received.subarray(0, METHOD_FRAME.length).equals(METHOD_FRAME) && started);
      socket.destroy();
    });
    socket.write(GREETING);
  });
}

async function open(port: number, certificates: Certificates | undefined): Promise<Socket> {
  const host = '127.0.0.1';
  if (!certificates) return connectPlain({ host, port });
  const [ca, cert, key] = await Promise.all(
    [certificates.ca, certificates.clientCertificate, certificates.clientKey].map((file) => readFile(file)),
  );
  return connectTls({ host, port, ca, cert, key });
}
