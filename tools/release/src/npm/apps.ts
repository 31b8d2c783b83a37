// The two programs that people install, and what their packages are called.

export interface App {
  /** The program's name, which is that of its command, too. */
  readonly name: string;
  /** Its folder below the repository. */
  readonly folder: string;
  /** Its npm package. */
  readonly packageName: string;
}

export const EXPORTER: App = {
  name: 'celery-exporter',
  folder: 'apps/exporter',
  packageName: '@celery-watch/celery-exporter',
};
export const RELAY: App = {
  name: 'alert-relay',
  folder: 'apps/alert-relay',
  packageName: '@celery-watch/alert-relay',
};
export const APPS: readonly App[] = [EXPORTER, RELAY];

/** As `npm pack` names it. */
export const tarballOf = ({ packageName }: App, version: string): string =>
  `${packageName.replace('@', '').replace('/', '-')}-${version}.tgz`;
