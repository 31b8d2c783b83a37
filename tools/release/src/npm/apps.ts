// The two programs that people install, and what their packages are called.

export interface App {
  /** The program's name, which is that of its command, too. */
  readonly name: string;
  /** Its folder below the repository. */
  readonly folder: string;
  /** Its npm package. */
  readonly packageName: string;
  /** Node.js's flags where we start it ourselves: in the archive, the Debian package and the image. */
  readonly flags: readonly string[];
}

export const EXPORTER: App = {
  name: 'celery-exporter',
  folder: 'apps/exporter',
  packageName: '@celery-watch/celery-exporter',
  flags: [],
};
export const RELAY: App = {
  name: 'alert-relay',
  folder: 'apps/alert-relay',
  packageName: '@celery-watch/alert-relay',
  flags: ['--no-memory-pool-share-memory-on-teardown', '--max-semi-space-size=2'],
};
export const APPS: readonly App[] = [EXPORTER, RELAY];

/** As `npm pack` names it. */
export const tarballOf = ({ packageName }: App, version: string): string =>
  `${packageName.replace('@', '').replace('/', '-')}-${version}.tgz`;
