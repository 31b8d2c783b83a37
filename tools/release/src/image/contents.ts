// What is in an image, asked inside of it, for the list that lies beside its archive.
import { billOfMaterials, type Extra } from '../sbom/cyclonedx.js';
import { readLock } from '../sbom/installed.js';
import { LIMITS, type Store } from './store.js';

export interface Contents {
  /** Debian's own list of what is installed. */
  readonly dpkgStatus: string;
  readonly osRelease: string;
  /** What npm has written of what it installed; some of it was taken away again. */
  readonly lock: string;
  /** The folders below node_modules that are there. */
  readonly places: readonly string[];
}

/** Runs in the image, where only Node.js is certain. */
const LOOK = `
const { existsSync, readFileSync } = require('node:fs');
const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const lock = read('/app/node_modules/.package-lock.json');
const places = Object.keys(JSON.parse(lock).packages).filter((place) => existsSync('/app/' + place + '/package.json'));
const [dpkgStatus, osRelease] = [read('/var/lib/dpkg/status'), read('/etc/os-release')];
console.log(JSON.stringify({ dpkgStatus, osRelease, lock, places }));
`;

export async function lookInside(image: string, store: Store): Promise<Contents> {
  const words = ['--rm', '--network=host', ...LIMITS, '--entrypoint=node', image, '-e', LOOK];
  return JSON.parse(await store.podman('run', ...words)) as Contents;
}

export interface ListParts {
  /** `celery-watch/celery-exporter` */
  readonly name: string;
  readonly version: string;
  /** Epoch seconds. */
  readonly made: number;
  readonly node: Extra;
  /** The digest of the image's configuration, by which podman and Docker know what they have loaded. */
  readonly imageId: string;
  readonly contents: Contents;
}

/** CycloneDX in JSON: Node.js, Debian's packages, npm's packages. */
export function listOf({ name, version, made, node, imageId, contents }: ListParts): string {
  const there = new Set(contents.places);
  const packages = readLock(contents.lock).filter(({ place }) => there.has(place));
  const extras = [node, ...debianPackages(contents.dpkgStatus, contents.osRelease)];
  return billOfMaterials({ type: 'container', name, version, sha256: imageId }, { packages, extras }, made);
}

/** @param status of dpkg */
export function debianPackages(status: string, osRelease: string): readonly Extra[] {
  const release = /^VERSION_ID="?([\w.]+)/m.exec(osRelease)?.[1] ?? '';
  return status
    .split('\n\n')
    .map((paragraph) => {
      const field = (key: string): string => new RegExp(`^${key}: (.+)$`, 'm').exec(paragraph)?.[1] ?? '';
      return { name: field('Package'), version: field('Version'), architecture: field('Architecture') };
    })
    .filter(({ name, version }) => name !== '' && version !== '')
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, version, architecture }) => ({
      name,
      version,
      license: undefined,
      purl:
        `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}` +
        `?arch=${architecture}&distro=debian-${release}`,
      sha512: undefined,
    }));
}
