// Schemas refuse what the cluster would refuse, and what it would drop without a word.
import { describe, expect, test } from '@jest/globals';
import type { Manifest } from './manifest.js';
import { schemaProblems } from './models.js';

const pod = (container: object): Manifest => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', labels: { any: 'label' } },
  spec: { containers: [{ name: 'c', image: 'i', ...container }] },
});
const route = (inner: object): Manifest => ({
  apiVersion: 'monitoring.coreos.com/v1alpha1',
  kind: 'AlertmanagerConfig',
  metadata: { name: 'a' },
  spec: { route: { receiver: 'r', routes: [{ receiver: 'r', ...inner }] }, receivers: [{ name: 'r' }] },
});

describe('schemaProblems', () => {
  test('finds nothing where all is well', () => {
    expect(schemaProblems(pod({ securityContext: { readOnlyRootFilesystem: true } }))).toEqual([]);
    expect(schemaProblems(route({ repeatInterval: '1m' }))).toEqual([]);
  });

  test('names a key that Kubernetes does not know, where it is', () => {
    expect(schemaProblems(pod({ securityContext: { readonlyRootFilesystem: true } }))).toEqual([
      'Pod a: there is no key spec.containers.0.securityContext.readonlyRootFilesystem',
    ]);
  });

  test('names a value of the wrong kind', () => {
    expect(schemaProblems(pod({ ports: [{ containerPort: 'http' }] })).join()).toMatch(/containerPort must be integer/);
  });

  test('looks at routes within routes, of which the schema says nothing', () => {
    expect(schemaProblems(route({ repeatIntervall: '1m' })).join()).toContain('repeatIntervall');
    expect(schemaProblems(route({ repeatInterval: 'often' })).join()).toContain('repeatInterval must match');
  });

  test('refuses a kind of which it has no schema', () => {
    expect(schemaProblems({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } })).toEqual([
      'Node n: no schema is known for v1 Node',
    ]);
  });
});
