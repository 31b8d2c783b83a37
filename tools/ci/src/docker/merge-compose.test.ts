// What two compose files make together: as Docker Compose merges them, for the keys that ours use.
import { expect, it } from '@jest/globals';
import { mergeCompose, parseCompose } from './merge-compose.js';

const FIRST = parseCompose(`
services:
  app:
    image: app:1
    command: [one, two]
    ports: ["127.0.0.1:1:1"]
    volumes: ["data:/data"]
    deploy: { resources: { limits: { memory: 1G } } }
volumes: { data: }
`);

it('maps are merged, lists joined, a command replaced, and what is tagged takes the place of all', () => {
  const added = parseCompose(`
services:
  app:
    command: [three]
    ports: ["127.0.0.1:2:2"]
    volumes: !override [".:/etc/app:ro"]
    deploy: { resources: { limits: { cpus: "1" } } }
volumes: { more: }
`);
  expect(mergeCompose(FIRST, added)).toEqual({
    services: {
      app: {
        image: 'app:1',
        command: ['three'],
        ports: ['127.0.0.1:1:1', '127.0.0.1:2:2'],
        volumes: ['.:/etc/app:ro'],
        deploy: { resources: { limits: { memory: '1G', cpus: '1' } } },
      },
    },
    volumes: { data: null, more: null },
  });
});

it('a service may be as another one of the first file, but for what it says itself', () => {
  const added = parseCompose(`
services:
  second:
    extends: { file: first.yml, service: app }
    ports: !override ["127.0.0.1:3:1"]
`);
  expect(mergeCompose(FIRST, added)['services']).toMatchObject({
    second: { image: 'app:1', ports: ['127.0.0.1:3:1'], volumes: ['data:/data'] },
  });
});

it('networks as a list and as a map are one map', () => {
  const first = parseCompose('services: { app: { networks: [one, two] } }');
  const added = parseCompose('services: { app: { networks: { two: { aliases: [a] }, three: } } }');
  expect(mergeCompose(first, added)['services']).toEqual({
    app: { networks: { one: null, two: { aliases: ['a'] }, three: null } },
  });
});
