// The few frames of AMQP 0-9-1 that a producer sends and reads, as bytes.

export const FRAME_END = 0xce;
export const METHOD = 1;
const HEADER = 2;
const BODY = 3;
/** Type, channel and size stand before a frame's payload, one byte behind it. */
export const FRAME_HEAD = 7;
export const PROTOCOL_HEADER = Buffer.from('AMQP\x00\x00\x09\x01', 'latin1');

/** Class and method, as one number: connection.start is 10 and 10, so 0x000a000a. */
export const Method = {
  connectionStart: 0x000a000a,
  connectionStartOk: 0x000a000b,
  connectionTune: 0x000a001e,
  connectionTuneOk: 0x000a001f,
  connectionOpen: 0x000a0028,
  connectionOpenOk: 0x000a0029,
  connectionClose: 0x000a0032,
  channelOpen: 0x0014000a,
  channelOpenOk: 0x0014000b,
  channelClose: 0x00140028,
  basicPublish: 0x003c0028,
  basicReturn: 0x003c0032,
  basicAck: 0x003c0050,
  confirmSelect: 0x0055000a,
  confirmSelectOk: 0x0055000b,
} as const;

/** Of an event, as Celery writes them: content type, encoding, headers, delivery mode and priority. */
const PROPERTY_FLAGS = 0b1111_1000_0000_0000;
const MANDATORY = 1;
const BASIC = 60;

export function methodFrame(channel: number, method: number, args: readonly Buffer[] = []): Buffer {
  return frame(METHOD, channel, Buffer.concat([uint32(method), ...args]));
}

/** All of a published message that stands before the body's size. */
export function publishHead(channel: number, exchange: string, routingKey: string, hostname: string): Buffer {
  const publish = [uint16(0), shortText(exchange), shortText(routingKey), Buffer.from([MANDATORY])];
  const size = 2 + 2 + 8 + 2 + eventProperties(hostname).length;
  return Buffer.concat([
    methodFrame(channel, Method.basicPublish, publish),
    frameHead(HEADER, channel, size),
    uint16(BASIC),
    uint16(0),
  ]);
}

/** What stands between the body's size and the body, but for the size of the frame that carries it. */
export function publishTail(channel: number, hostname: string): Buffer {
  const body = frameHead(BODY, channel, 0).subarray(0, 3);
  return Buffer.concat([uint16(PROPERTY_FLAGS), eventProperties(hostname), Buffer.from([FRAME_END]), body]);
}

function eventProperties(hostname: string): Buffer {
  const headers = Buffer.concat([shortText('hostname'), Buffer.from('S'), longText(hostname)]);
  return Buffer.concat([
    shortText('application/json'),
    shortText('utf-8'),
    uint32(headers.length),
    headers,
    Buffer.from([1, 0]),
  ]);
}

function frame(type: number, channel: number, payload: Buffer): Buffer {
  return Buffer.concat([frameHead(type, channel, payload.length), payload, Buffer.from([FRAME_END])]);
}

function frameHead(type: number, channel: number, size: number): Buffer {
  return Buffer.concat([Buffer.from([type]), uint16(channel), uint32(size)]);
}

export function shortText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

export function longText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([uint32(bytes.length), bytes]);
}

export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
