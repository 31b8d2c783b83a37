// Services of compose files as flags: nothing that protects is lost on the way.
import { describe, expect, it } from '@jest/globals';
import { flagsOf, serviceOf } from './compose-flags.js';

const TEXT = `
x-service: &service { read_only: true, cap_drop: [ALL], security_opt: ["no-new-privileges:true"] }
services:
  app:
    <<: *service
    environment: { LOCALE: "\${LOCALE:-en}", PORT: "1" }
    volumes: ["../conf:/etc/app:ro", "data:/data"]
    secrets: [url]
    tmpfs: [/tmp]
    deploy: { resources: { limits: { cpus: "0.5", memory: 256M, pids: 64 } } }
`;
const PARTS = { folder: '/repo/docker', secrets: { url: '/s/url' }, environment: { PORT: '2' } };

describe('a service', () => {
  it('becomes flags, with what is merged into it', () => {
    expect(flagsOf(serviceOf(TEXT, 'app'), PARTS)).toEqual([
      '--read-only',
      '--read-only-tmpfs=false',
      '--cap-drop=ALL',
      '--security-opt=no-new-privileges',
      '--tmpfs=/tmp',
      '--cpus=0.5',
      '--memory=256m',
      '--memory-swap=256m',
      '--pids-limit=64',
      '--env=LOCALE=en',
      '--env=PORT=2',
      '--volume=/repo/conf:/etc/app:ro',
      '--volume=data:/data',
      '--volume=/s/url:/run/secrets/url:ro',
    ]);
  });

  it('that is not there, or wants a secret that nobody has, is refused by its name', () => {
    expect(() => serviceOf(TEXT, 'web')).toThrow('the compose file has no service web');
    expect(() => flagsOf(serviceOf(TEXT, 'app'), { ...PARTS, secrets: {} })).toThrow('the trial has no secret url');
  });
});
