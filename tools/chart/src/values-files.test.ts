// A value that the schema does not know, and one that it knows alone, are both found.
import { expect, test } from '@jest/globals';
import { schemaDrift } from './values-files.js';

const SCHEMA = {
  additionalProperties: false,
  properties: {
    relay: { additionalProperties: false, properties: { replicas: {}, probe: { $ref: '#/$defs/probe' } } },
  },
  $defs: { probe: { additionalProperties: false, properties: { path: {} } } },
};
const VALUES = { relay: { replicas: 1, probe: { path: '/' } } };

test('values and schema with the same keys are well', () => {
  expect(schemaDrift(VALUES, SCHEMA)).toEqual([]);
});

test('each key that only one of them has is named', () => {
  expect(schemaDrift({ relay: { replicas: 1, probe: { path: '/', extra: 1 } } }, SCHEMA)).toEqual([
    'relay.probe.extra is in values.yaml, not in the schema',
  ]);
  expect(schemaDrift({ relay: { probe: { path: '/' } } }, SCHEMA)).toEqual([
    'relay.replicas is in the schema, not in values.yaml',
  ]);
});

test('a place that lets in any key is named', () => {
  const open = { ...SCHEMA, $defs: { probe: { properties: { path: {} } } } };
  expect(schemaDrift(VALUES, open)).toEqual(['relay.probe. takes any key']);
});
