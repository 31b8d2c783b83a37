// The units, the packages and the image say the same of memory, heap and flags.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REPOSITORY } from '@celery-watch/testbed';
import { parse } from 'yaml';
import { APPS, EXPORTER, RELAY } from '../npm/apps.js';
import { changelogText, controlText, debianAppOf, debianVersion, scriptText } from './control.js';

const read = (file: string): string => readFileSync(path.join(REPOSITORY, file), 'utf8');
const unit = (name: string): string => read(`packaging/systemd/${name}/${name}.service`);
const compose = parse(read('docker/docker-compose.prod.yml')) as {
  readonly services: Readonly<
    Record<string, { readonly deploy: { readonly resources: { readonly limits: { readonly memory: string } } } }>
  >;
};
const dockerfile = read('docker/Dockerfile');

describe.each(APPS)('the unit of $name', ({ name, flags }) => {
  it('has the memory of its container, and starts its command with its configuration', () => {
    const memory = compose.services[name]?.deploy.resources.limits.memory;
    expect(unit(name)).toContain(`\nMemoryMax=${memory ?? '?'}\n`);
    expect(unit(name)).toMatch(new RegExp(`^ExecStart=${name} --config=/etc/${name}/${name}\\.yml$`, 'm'));
    expect(unit(name)).toContain(`\nUser=${name}\n`);
  });

  it('is started by the archive with the flags of the image', () => {
    const entry = new RegExp(`^ENTRYPOINT \\[(.*)bin/${name}\\.js"\\]$`, 'm').exec(dockerfile)?.[1] ?? '';
    expect([...entry.matchAll(/"(--[^"]+)"/g)].map(([, flag]) => flag)).toEqual(flags);
  });
});

it('the heap of the relay ends before its memory does, in the unit as in the image', () => {
  const heap = /--max-old-space-size=\d+/.exec(dockerfile)?.[0];
  expect(unit(RELAY.name)).toContain(`NODE_OPTIONS=${heap ?? '?'}\n`);
});

it('the relay sees the id of the start of its machine, by which it knows a clock that was set', () => {
  expect(unit(RELAY.name)).not.toMatch(/^ProcSubset=pid$/m);
});

describe('a Debian package', () => {
  it('says what it is, needs and takes', () => {
    const text = controlText(debianAppOf(EXPORTER), { version: '0.2.0-rc.1', architecture: 'arm64', kilobytes: 170 });
    expect(text).toContain('Package: celery-watch-exporter\nVersion: 0.2.0~rc.1\nArchitecture: arm64\n');
    expect(text).toMatch(/\nInstalled-Size: 170\nDepends: .*libatomic1.*\n/);
    expect(text).toMatch(/\nDescription: [^\n]{1,80}\n( (?:\.|[^\s.][^\n]*)\n)+$/);
    expect(debianVersion('1.0.0')).toBe('1.0.0');
    expect(changelogText(debianAppOf(RELAY), '0.1.0', 1e9)).toContain(
      ' -- celery-watch <celery-watch@localhost>  Sun, 09 Sep 2001 01:46:40 +0000\n',
    );
  });

  it.each(['postinst', 'prerm', 'postrm'])('has a %s in which every word is filled in', (script) => {
    for (const app of APPS) {
      const text = scriptText(read(`packaging/deb/${script}`), debianAppOf(app));
      expect(text).not.toMatch(/@[A-Z]+@/);
      expect(text).toMatch(/^#!\/bin\/sh\n/);
    }
    expect(() => scriptText('@NOBODY@', debianAppOf(EXPORTER))).toThrow('@NOBODY@');
  });

  it('purges what its service keeps, and nothing where it keeps nothing', () => {
    const script = read('packaging/deb/postrm');
    expect(scriptText(script, debianAppOf(RELAY))).toContain('rm -rf /etc/alert-relay /var/lib/alert-relay\n');
    expect(scriptText(script, debianAppOf(EXPORTER))).toMatch(/rm -rf \/etc\/celery-exporter *\n/);
  });
});
