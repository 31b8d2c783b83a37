// What a Debian package says of itself: control, conffiles, copyright, changelog, and its scripts.
import type { App } from '../npm/apps.js';
import { EXPORTER } from '../npm/apps.js';

/** What of an app is its own in a package. */
export interface DebianApp {
  readonly app: App;
  readonly packageName: string;
  readonly summary: string;
  /** Lines of the long description; an empty one parts paragraphs. */
  readonly description: readonly string[];
  /** The file in /etc/NAME, which is in packaging/deb, too. */
  readonly config: string;
  /** The home of its user. */
  readonly home: string;
  /** What `purge` takes away besides /etc/NAME. */
  readonly state: string;
}

export function debianAppOf(app: App): DebianApp {
  return app === EXPORTER
    ? {
        app,
        packageName: 'celery-watch-exporter',
        summary: 'Prometheus exporter for Celery whose numbers are true',
        description: [
          "Listens to Celery's events on the broker (Redis, Sentinel, RabbitMQ), without any change",
          'to tasks or workers, and serves metrics of tasks, workers and queues on port 9808.',
          '',
          'It brings its own Node.js.',
        ],
        config: 'celery-exporter.yml',
        home: '/nonexistent',
        state: '',
      }
    : {
        app,
        packageName: 'celery-watch-relay',
        summary: "brings AlertManager's alerts to people, and loses none",
        description: [
          "Takes AlertManager's webhooks on port 9095, stores each change on disk, and tells it by",
          'e-mail, Slack, DingTalk, WeCom, Feishu or a webhook, in English or Chinese.',
          '',
          'It brings its own Node.js.',
        ],
        config: 'alert-relay.yml',
        home: '/var/lib/alert-relay',
        state: '/var/lib/alert-relay',
      };
}

/** A version as dpkg orders it: one before a release comes before it. */
export const debianVersion = (version: string): string => version.replace('-', '~');

/** @param kilobytes what it takes on the disk */
export function controlText(
  { packageName, summary, description }: DebianApp,
  { version, architecture, kilobytes }: { version: string; architecture: string; kilobytes: number },
): string {
  return [
    `Package: ${packageName}`,
    `Version: ${debianVersion(version)}`,
    `Architecture: ${architecture}`,
    'Section: net',
    'Priority: optional',
    'Maintainer: celery-watch <celery-watch@localhost>',
    `Installed-Size: ${String(kilobytes)}`,
    // What Node.js itself is linked to; the rest is for the service's user and its unit.
    'Depends: libc6 (>= 2.28), libstdc++6, libgcc-s1, libatomic1, adduser, init-system-helpers',
    'Recommends: systemd',
    `Description: ${summary}`,
    ...description.map((line) => (line === '' ? ' .' : ` ${line}`)),
    '',
  ].join('\n');
}

export function copyrightText(license: string): string {
  const body = license
    .trim()
    .split('\n')
    .map((line) => (line.trim() === '' ? ' .' : ` ${line}`));
  return [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/',
    'Upstream-Name: celery-watch',
    '',
    'Files: *',
    'Copyright: the authors of celery-watch',
    'License: MIT',
    '',
    'License: MIT',
    ...body,
    ' .',
    ' Node.js and the npm packages inside have licences of their own: LICENSE beside Node.js, and',
    ' THIRD-PARTY-LICENSES.txt, in the folder of this program below /usr/lib.',
    '',
  ].join('\n');
}

/** @param made epoch seconds */
export function changelogText({ packageName }: DebianApp, version: string, made: number): string {
  const day = new Date(made * 1000).toUTCString().replace('GMT', '+0000');
  return `${packageName} (${debianVersion(version)}) stable; urgency=medium\n\n  * Version ${version}; CHANGELOG.md of the project says what changed.\n\n -- celery-watch <celery-watch@localhost>  ${day}\n`;
}

/** One of packaging/deb's scripts, for this app. */
export function scriptText(template: string, { app, packageName, config, home, state }: DebianApp): string {
  const values = { PACKAGE: packageName, NAME: app.name, USER: app.name, HOME: home, CONFIG: config, STATE: state };
  return template.replaceAll(/@([A-Z]+)@/g, (_, key: string) => {
    const value = Object.hasOwn(values, key) ? values[key as keyof typeof values] : undefined;
    if (value === undefined) throw new Error(`packaging/deb knows no @${key}@`);
    return value;
  });
}
