// The rules for compose files: each breach is seen, and a good file has none.
import { describe, expect, it } from '@jest/globals';
import { composeBreaches, type ComposeRules } from './compose.js';

const RULES: ComposeRules = {
  production: true,
  folder: import.meta.dirname,
  targets: new Map([
    ['app', { healthCheck: true }],
    ['mute', { healthCheck: false }],
  ]),
};

const GOOD = `
x-service: &service
  restart: unless-stopped
  read_only: true
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  logging: { driver: json-file, options: { max-size: 10m } }
services:
  app:
    <<: *service
    build: { context: .., target: app }
    environment: { URL_FILE: /run/secrets/url, DISABLE_PASSWORD: "true" }
    secrets: [url]
    volumes: [".:/etc/app:ro", "data:/data"]
    ports: ["127.0.0.1:1:1", "\${BIND_ADDRESS:-127.0.0.1}:2:2"]
    networks: [out]
    configs: [conf]
    deploy: { resources: { limits: { cpus: "1", memory: 1G, pids: 9 }, reservations: { memory: 1M } } }
volumes: { data: }
networks: { out: }
configs: { conf: { file: ./conf } }
secrets: { url: { file: ./url } }
`;

describe('a compose file', () => {
  it('that keeps the rules has no breach', () => {
    expect(composeBreaches(GOOD, RULES)).toEqual([]);
  });

  it.each([
    ['  restart: unless-stopped', '', 'app: does not start again by itself'],
    ['  security_opt: ["no-new-privileges:true"]', '', 'app: may gain privileges'],
    ['memory: 1G, pids: 9', 'pids: 9', 'app: has no limit of CPU and memory'],
    [', pids: 9', '', 'app: has no limit of processes'],
    ['conf: { file: ./conf }', 'conf: { content: x }', 'app: has the config conf, which is no file'],
    ['networks: [out]', '', 'app: is on the network of everybody'],
    ['max-size: 10m', 'max-file: "2"', 'app: does not rotate its log'],
    ['target: app', 'target: mute', 'app: has no health check'],
    [
      'build: { context: .., target: app }',
      'build: { context: .., target: nowhere }',
      'app: is built from nowhere, which the Dockerfile does not have',
    ],
    ['127.0.0.1:1:1', '1:1', 'app: publishes a port to everybody'],
    ['  read_only: true', '', 'app: can write to its root'],
    ['  cap_drop: [ALL]', '', 'app: keeps capabilities'],
    [', reservations: { memory: 1M }', '', 'app: reserves no memory'],
    ['URL_FILE:', 'ADMIN_PASSWORD:', 'app: has a secret in its environment: ADMIN_PASSWORD'],
    ['secrets: [url]', 'secrets: [url, other]', 'app: uses the secret other, which the file does not name'],
    ['data:/data', 'other:/data', 'app: uses the volume other, which the file does not name'],
    ['.:/etc/app:ro', '.:/etc/app', 'app: can write to .'],
    ['.:/etc/app:ro', './none:/etc/app:ro', 'app: mounts ./none, which does not exist'],
    ['{ file: ./url }', '{ environment: URL }', 'the secret url does not come from a file'],
  ])('without %j (but %j) is in breach: %s', (good, bad, breach) => {
    expect(GOOD).toContain(good);
    expect(composeBreaches(GOOD.replace(good, bad), RULES)).toContain(breach);
  });

  it.each([true, false])('is as closed for trying it as for production: %s', (production) => {
    const open = GOOD.replace('  read_only: true', '').replace('  cap_drop: [ALL]', '');
    expect(composeBreaches(open, { ...RULES, production })).toEqual([
      'app: can write to its root',
      'app: keeps capabilities',
    ]);
  });

  it('may have a volume without a name, which goes with the container', () => {
    expect(composeBreaches(GOOD.replace('"data:/data"', '/data'), RULES)).toEqual([]);
  });

  it('has images with a version', () => {
    const image = (name: string): readonly string[] =>
      composeBreaches(`services: { a: { image: "${name}" } }`, RULES).filter((breach) => breach.includes('image'));
    expect(image('prom/prometheus:latest')).toEqual(['a: has an image without a version: prom/prometheus:latest']);
    expect(image('redis')).toHaveLength(1);
    expect(image('redis:7-alpine')).toEqual([]);
  });
});
