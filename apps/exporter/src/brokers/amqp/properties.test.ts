// Properties as clients write them, and what no client should.
import { describe, expect, it } from '@jest/globals';
import { readProperties } from './properties.js';

const short = (text: string): Buffer => Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);
const long = (bytes: Buffer): Buffer => {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
};
const table = (...fields: Buffer[]): Buffer => long(Buffer.concat(fields));
const field = (name: string, type: string, ...value: Buffer[]): Buffer =>
  Buffer.concat([short(name), Buffer.from(type), ...value]);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const all = (headers: Buffer): Buffer =>
  Buffer.concat([hex('e000'), short('application/json'), short('utf-8'), headers]);

describe('the properties of a message', () => {
  it('are its content type and headers, of every type that there is', () => {
    const headers = table(
      field('S', 'S', long(Buffer.from('ä'))),
      field('x', 'x', long(Buffer.from('bytes'))),
      field('t', 't', hex('01')),
      field('b', 'b', hex('ff')),
      field('B', 'B', hex('ff')),
      field('s', 's', hex('fffe')),
      field('U', 'U', hex('fffe')),
      field('u', 'u', hex('fffe')),
      field('I', 'I', hex('fffffffe')),
      field('i', 'i', hex('fffffffe')),
      field('l', 'l', hex('0000000100000000')),
      field('L', 'L', hex('0000010000000000')),
      field('T', 'T', hex('0000000065000000')),
      field('f', 'f', hex('3f800000')),
      field('d', 'd', hex('3ff8000000000000')),
      field('D', 'D', hex('0200000064')),
      field('V', 'V'),
      field('A', 'A', table(Buffer.from('V'), Buffer.concat([Buffer.from('S'), long(Buffer.from('in'))]))),
      field('F', 'F', table(field('in', 't', hex('00')))),
    );
    expect(readProperties(all(headers))).toEqual({
      contentType: 'application/json',
      headers: {
        ...{ S: 'ä', x: 'bytes', t: true, b: -1, B: 255, s: -2, U: -2, u: 65534, I: -2, i: 4294967294 },
        ...{ l: 2 ** 32, L: 2 ** 40, T: 0x65000000, f: 1, d: 1.5, D: 1, V: null, A: [null, 'in'], F: { in: false } },
      },
    });
  });

  it('may be none, or few', () => {
    expect(readProperties(hex('0000'))).toEqual({});
    expect(readProperties(Buffer.concat([hex('8000'), short('text/plain')]))).toEqual({ contentType: 'text/plain' });
    expect(readProperties(Buffer.concat([hex('2000'), table()]))).toEqual({ headers: {} });
  });

  it('hold a header called __proto__ like any other', () => {
    const inner = table(field('compression', 'S', long(Buffer.from('zlib'))));
    const { headers } = readProperties(all(table(field('__proto__', 'F', inner))));
    expect(Object.keys(headers as object)).toEqual(['__proto__']);
    expect((headers as Record<string, unknown>)['compression']).toBeUndefined();
  });

  it.each([
    ['that end too early', Buffer.concat([hex('e000'), short('application/json')])],
    ['of which a table ends too late', all(hex('00000fff'))],
    ['with a type that nobody knows', all(table(field('a', '?', hex('00'))))],
    ['without flags', hex('e0')],
    [
      'with tables within tables without end',
      all(Array.from({ length: 40 }).reduce<Buffer>((inner) => table(field('a', 'F', inner)), table())),
    ],
  ])('%s are said to be unreadable', (_what, bytes) => {
    expect(readProperties(bytes)).toEqual({ headers: 'unreadable' });
  });
});
