// What is in an image, asked inside of it, and the list of it in CycloneDX's form, which scanners read.
import { LIMITS, type Store } from './store.js';

export interface Contents {
  /** Debian's own list of what is installed. */
  readonly dpkgStatus: string;
  readonly osRelease: string;
  readonly packages: readonly NpmPackage[];
}

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly license?: string | undefined;
}

/** Runs in the image, where only Node.js is certain. */
const LOOK = `
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const packages = readdirSync('/app', { recursive: true })
  .filter((file) => /(^|\\/)node_modules\\/(@[^/]+\\/)?[^/]+\\/package\\.json$/.test(file))
  .map((file) => JSON.parse(read('/app/' + file)))
  .filter(({ name, version }) => typeof name === 'string' && typeof version === 'string')
  .map(({ name, version, license }) => ({ name, version, license }));
console.log(JSON.stringify({ dpkgStatus: read('/var/lib/dpkg/status'), osRelease: read('/etc/os-release'), packages }));
`;

export async function lookInside(image: string, store: Store): Promise<Contents> {
  const words = ['--rm', '--network=host', ...LIMITS, '--entrypoint=node', image, '-e', LOOK];
  return JSON.parse(await store.podman('run', ...words)) as Contents;
}

interface Component {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly licenses?: readonly { readonly license: { readonly name: string } }[];
}

export interface SbomParts {
  readonly name: string;
  readonly version: string;
  readonly created: string;
  readonly nodeVersion: string;
  /** The digest of the image's configuration, by which podman and Docker know what they have loaded. */
  readonly imageId: string;
  readonly contents: Contents;
}

/** Without a serial number and with the source's date, so that the same image has the same list. */
export function sbomOf({
  name,
  version,
  created,
  nodeVersion,
  imageId,
  contents,
}: SbomParts): Readonly<Record<string, unknown>> {
  const debian = debianPackages(contents.dpkgStatus);
  const release = /^VERSION_ID="?([\w.]+)/m.exec(contents.osRelease)?.[1] ?? '';
  const components: readonly Component[] = [
    { type: 'operating-system', name: 'debian', version: release },
    { type: 'platform', name: 'node', version: nodeVersion, purl: `pkg:generic/node@${nodeVersion}` },
    ...debian.map((each) => ({
      type: 'library',
      name: each.name,
      version: each.version,
      purl:
        `pkg:deb/debian/${encodeURIComponent(each.name)}@${encodeURIComponent(each.version)}` +
        `?arch=${each.architecture}&distro=debian-${release}`,
    })),
    ...withoutDoubles(contents.packages).map(({ name: each, version: its, license }) => ({
      type: 'library',
      name: each,
      version: its,
      purl: `pkg:npm/${each.replace('@', '%40')}@${its}`,
      ...(typeof license === 'string' ? { licenses: [{ license: { name: license } }] } : {}),
    })),
  ];
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      timestamp: created,
      component: {
        type: 'container',
        name: `celery-watch/${name}`,
        version,
        hashes: [{ alg: 'SHA-256', content: imageId }],
      },
    },
    components,
  };
}

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

export function debianPackages(status: string): readonly DebianPackage[] {
  return status
    .split('\n\n')
    .map((paragraph) => {
      const field = (key: string): string => new RegExp(`^${key}: (.+)$`, 'm').exec(paragraph)?.[1] ?? '';
      return { name: field('Package'), version: field('Version'), architecture: field('Architecture') };
    })
    .filter(({ name, version }) => name !== '' && version !== '')
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

function withoutDoubles(packages: readonly NpmPackage[]): readonly NpmPackage[] {
  const byId = new Map(packages.map((each) => [`${each.name}@${each.version}`, each]));
  return [...byId].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, each]) => each);
}
