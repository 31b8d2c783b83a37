// From a message's bytes to a value, by the content type that kombu wrote: one table of serializers.
import { parseJson } from './lenient-json.js';
import { parseMsgpack } from './msgpack.js';
import { Refusal } from './refusal.js';
import { MAX_YAML_BYTES, parseYaml } from './yaml.js';

type Serializer = (body: Buffer) => unknown;

const json: Serializer = (body) => parseJson(body.toString('utf8'));
const yaml: Serializer = (body) =>
  body.length > MAX_YAML_BYTES
    ? new Refusal('too_large', `${String(body.length)} bytes of YAML`)
    : parseYaml(body.toString('utf8'));
const pickle: Serializer = () =>
  new Refusal('pickle', 'a pickled body: set event_serializer and task_serializer to json, msgpack or yaml');

/** The content types that kombu registers (docs/protocol/envelopes.md#content-types). */
const SERIALIZERS: Readonly<Record<string, Serializer>> = {
  'application/json': json,
  'application/x-msgpack': parseMsgpack,
  'application/x-yaml': yaml,
  'application/x-python-serialize': pickle,
};

/** Decodes a body; never throws, never runs code that came with it. */
export function decodeBody(body: Buffer, contentType: string): unknown {
  const serializer = Object.hasOwn(SERIALIZERS, contentType) ? SERIALIZERS[contentType] : undefined;
  if (serializer === undefined) {
    return new Refusal(
      'content_type',
      `content type ${JSON.stringify(contentType.slice(0, 80))} is none of ${Object.keys(SERIALIZERS).join(', ')}`,
    );
  }
  try {
    return serializer(body);
  } catch (error) {
    return new Refusal('bad_body', `${contentType}: ${error instanceof Error ? error.name : 'error'}`);
  }
}
