// What `docker build` would be given: the files of a folder that its .dockerignore leaves in.
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Pattern {
  readonly keeps: boolean;
  readonly text: string;
  readonly matches: RegExp;
}

/** Copies them; gives their paths. */
export function copyBuildContext(from: string, to: string): readonly string[] {
  const isIgnored = ignoreRule(readFileSync(join(from, '.dockerignore'), 'utf8'));
  const files = filesBelow(from, '', isIgnored);
  for (const file of files) cpSync(join(from, file), join(to, file));
  return files;
}

export interface IgnoreRule {
  (path: string): boolean;
  /** Whether nothing below this ignored folder can be taken in again. */
  readonly isClosed: (folder: string) => boolean;
}

/** The rule of Docker: the last pattern that matches the path or one of the folders above it decides. */
export function ignoreRule(text: string): IgnoreRule {
  const patterns = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(readPattern);
  const rule = (path: string): boolean => patterns.findLast(({ matches }) => matches.test(path))?.keeps === false;
  return Object.assign(rule, {
    isClosed: (folder: string) => !patterns.some(({ keeps, text: kept }) => keeps && kept.startsWith(`${folder}/`)),
  });
}

function readPattern(line: string): Pattern {
  const keeps = line.startsWith('!');
  const text = (keeps ? line.slice(1) : line).replace(/^\//, '').replace(/\/$/, '');
  const source = text
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((piece) => GLOBS[piece] ?? piece.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`))
    .join('');
  return { keeps, text, matches: new RegExp(`^${source}(/|$)`) };
}

const GLOBS: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };

function filesBelow(root: string, folder: string, isIgnored: IgnoreRule): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory())
      return isIgnored(path) && isIgnored.isClosed(path) ? [] : filesBelow(root, path, isIgnored);
    return entry.isFile() && !isIgnored(path) ? [path] : [];
  });
}
