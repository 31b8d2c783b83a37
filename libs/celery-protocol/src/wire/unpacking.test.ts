// Bodies that kombu compressed, and how large they may become.
import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { deflateSync, gzipSync } from 'node:zlib';
import { EnvelopeReader } from './envelope.js';
import type { Message } from './message.js';
import { Refusal } from './refusal.js';

function read(packed: Buffer): Message | Refusal {
  const envelope = {
    body: packed.toString('base64'),
    'content-type': 'application/json',
    headers: { compression: 'application/x-gzip' },
    properties: { body_encoding: 'base64' },
  };
  return new EnvelopeReader().read(Buffer.from(JSON.stringify(envelope)));
}

const MB = 1024 * 1024;

describe('a compressed body', () => {
  it.each([
    ['zlib', deflateSync],
    ['gzip', gzipSync],
  ])('of a megabyte is unpacked, whatever it shrank to: %s', (_, pack) => {
    expect((read(pack(Buffer.alloc(MB, 0x20))) as Message).body).toHaveLength(MB);
  });

  it('of sixteen kilobytes that grows to sixteen megabytes is refused', () => {
    const packed = gzipSync(Buffer.alloc(16 * MB, 0x20));
    expect(packed.length).toBeLessThan(20_000);
    expect(read(packed)).toEqual(new Refusal('too_large', 'more than 1048576 bytes once it is decompressed'));
  });

  it('of megabytes is unpacked where it shrank as a task message does', () => {
    // Hexadecimal digits of noise shrink to a half.
    const text = Buffer.from(randomBytes(2 * MB).toString('hex'));
    expect((read(gzipSync(text)) as Message).body).toHaveLength(4 * MB);
  });

  it('that is none is refused for that', () => {
    expect(read(Buffer.from('no gzip'))).toEqual(new Refusal('bad_body', 'does not decompress'));
  });
});
