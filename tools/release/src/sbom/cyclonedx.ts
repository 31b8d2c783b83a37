// The list of all that is in something we make, as CycloneDX 1.6 in JSON (https://cyclonedx.org/docs/1.6/json/).
import { createHash } from 'node:crypto';
import { type Package, type Resolve, resolver } from './installed.js';

export interface Subject {
  readonly type: 'application' | 'container';
  /** `@celery-watch/celery-exporter` */
  readonly name: string;
  readonly version: string;
  /** Of the thing itself, where the list lies beside it. */
  readonly sha256?: string;
}

/** What is no npm package, such as Node.js itself. */
export interface Extra {
  readonly name: string;
  readonly version: string;
  /** Undefined where its own text says it, as in Debian's packages. */
  readonly license: string | undefined;
  readonly purl: string;
  readonly sha512: string | undefined;
}

export interface Contents {
  readonly packages: readonly Package[];
  readonly extras?: readonly Extra[];
}

/**
 * The same contents give the same text, byte by byte.
 * @param made when, epoch seconds
 */
export function billOfMaterials(subject: Subject, { packages, extras = [] }: Contents, made: number): string {
  const resolve = resolver(packages);
  const inOrder = [...packages].sort((a, b) => (a.place < b.place ? -1 : 1));
  const own = inOrder.find(({ name }) => name === subject.name);
  const others = inOrder.filter((each) => each !== own);
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: new Date(made * 1000).toISOString(),
      component: {
        type: subject.type,
        'bom-ref': 'subject',
        name: subject.name,
        version: subject.version,
        ...(subject.sha256 !== undefined && { hashes: [{ alg: 'SHA-256', content: subject.sha256 }] }),
        licenses: [{ license: { id: 'MIT' } }],
      },
    },
    components: [
      ...extras.map(({ name, version, license, purl, sha512 }) => ({
        type: 'application',
        'bom-ref': purl,
        name,
        version,
        ...(sha512 !== undefined && { hashes: [{ alg: 'SHA-512', content: sha512 }] }),
        ...(license !== undefined && { licenses: [licenseOf(license)] }),
        purl,
      })),
      ...others.map((each) => component(each)),
    ],
    dependencies: [
      { ref: 'subject', dependsOn: refs([...(own === undefined ? others : needsOf(own, resolve))], extras) },
      ...others.map((each) => ({ ref: each.place, dependsOn: refs(needsOf(each, resolve), []) })),
    ],
  };
  const serial = createHash('sha256').update(JSON.stringify(bom)).digest('hex');
  const { bomFormat, specVersion, ...rest } = bom;
  return `${JSON.stringify({ bomFormat, specVersion, serialNumber: uuidOf(serial), ...rest }, null, 2)}\n`;
}

function component({ place, name, version, license, integrity }: Package): object {
  const [group, bare] = name.startsWith('@') ? name.split('/') : [undefined, name];
  const sha512 = integrity?.startsWith('sha512-') === true ? Buffer.from(integrity.slice(7), 'base64') : undefined;
  return {
    type: 'library',
    'bom-ref': place,
    ...(group !== undefined && { group }),
    name: bare,
    version,
    ...(sha512 !== undefined && { hashes: [{ alg: 'SHA-512', content: sha512.toString('hex') }] }),
    ...(license !== undefined && { licenses: [licenseOf(license)] }),
    purl: purlOf(name, version),
  };
}

/** Where a package is to be had, in the form that scanners look up. */
export function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** One licence by its id, several as an expression. */
function licenseOf(license: string): object {
  return /^[\w.+-]+$/.test(license) ? { license: { id: license } } : { expression: license };
}

function needsOf(each: Package, resolve: Resolve): readonly Package[] {
  return each.needs.flatMap((name) => resolve(each, name) ?? []);
}

function refs(packages: readonly Package[], extras: readonly Extra[]): readonly string[] {
  return [...new Set([...extras.map(({ purl }) => purl), ...packages.map(({ place }) => place)])].sort();
}

/** Version 8 of RFC 9562: made of a hash in a way of one's own. */
function uuidOf(hash: string): string {
  const hex = `${hash.slice(0, 12)}8${hash.slice(13, 16)}8${hash.slice(17, 32)}`;
  return `urn:uuid:${hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`;
}
