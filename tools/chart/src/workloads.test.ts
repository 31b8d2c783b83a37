// Each promise about workloads is broken by the mistake that it is for.
import { describe, expect, test } from '@jest/globals';
import { readManifests } from './manifest.js';
import { workloadProblems } from './workloads.js';

const GOOD = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: relay, labels: { part: relay } }
spec:
  replicas: 1
  strategy: { type: Recreate }
  selector: { matchLabels: { part: relay } }
  template:
    metadata: { labels: { part: relay }, annotations: { checksum/config: "1" } }
    spec:
      automountServiceAccountToken: false
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: RuntimeDefault } }
      containers:
        - name: alert-relay
          image: registry.example.com:5000/ops/celery-watch/alert-relay:0.1.0
          ports: [{ name: http, containerPort: 9095 }]
          startupProbe: { httpGet: { path: /healthz, port: http } }
          livenessProbe: { httpGet: { path: /healthz, port: http } }
          readinessProbe: { httpGet: { path: /readyz, port: http } }
          resources: { limits: { memory: 512Mi } }
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }
          volumeMounts: [{ name: data, mountPath: /app/data }]
      volumes: [{ name: data, persistentVolumeClaim: { claimName: relay } }]
---
apiVersion: v1
kind: Service
metadata: { name: relay }
spec: { selector: { part: relay }, ports: [{ name: http, port: 9095, targetPort: http }] }
`;
const PROGRAMS = { 'alert-relay': { image: 'celery-watch/alert-relay', port: 9095, memory: '512M' } };

function problems(text: string): string {
  return [...workloadProblems(readManifests(text), PROGRAMS).values()].flat().join('\n');
}

describe('workloadProblems', () => {
  test('finds nothing where all is well', () => {
    expect(problems(GOOD)).toBe('');
  });

  test.each([
    ['runAsNonRoot: true', 'runAsNonRoot: false', 'does not run as user 1000'],
    ['readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false', 'its root can be written to'],
    ['drop: [ALL]', 'drop: []', 'it keeps capabilities'],
    ['type: RuntimeDefault', 'type: Unconfined', 'seccompProfile'],
    ['automountServiceAccountToken: false', 'automountServiceAccountToken: true', 'a token is'],
    ['limits: { memory: 512Mi }', 'limits: {}', 'its memory has no limit'],
    ['celery-watch/alert-relay:', 'celery-watch/relay:', 'is not celery-watch/alert-relay'],
    ['containerPort: 9095', 'containerPort: 9808', 'its port is 9808 and not 9095'],
    [
      'livenessProbe: { httpGet: { path: /healthz',
      'livenessProbe: { httpGet: { path: /readyz',
      'livenessProbe does not',
    ],
    ['path: /readyz, port: http', 'path: /readyz, port: web', 'readinessProbe does not ask'],
    ['checksum/config: "1"', 'other: "1"', 'it has neither'],
    [
      'mountPath: /app/data }',
      'mountPath: /app/data }, { name: more, mountPath: /more }',
      'more is mounted, and is no',
    ],
    ['mountPath: /app/data }', 'mountPath: /a }, { name: data, mountPath: /a/b }', '/a/b is mounted within'],
    ['selector: { part: relay }', 'selector: { part: exporter }', 'Service relay selects nothing'],
    ['targetPort: http', 'targetPort: web', 'Service relay leads to web'],
    ['type: Recreate', 'type: RollingUpdate', 'several could run'],
    ['replicas: 1', 'replicas: 2', 'several could run'],
  ])('%s written as %s is found', (right, wrong, words) => {
    expect(GOOD).toContain(right);
    expect(problems(GOOD.replace(right, wrong))).toContain(words);
  });

  test('a selector that finds the pods of two is found', () => {
    const second = GOOD.replace('{ name: relay, labels', '{ name: other, labels').split('---')[0] ?? '';
    expect(problems(`${GOOD}---${second}`)).toContain('Deployment relay selects Deployment relay, Deployment other');
  });
});
