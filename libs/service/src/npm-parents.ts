// Who started this program, where npm did: `npx`, `npm exec` and `npm start` run it in a shell, send a signal to that
// shell alone, and it hands none on.
import { readFileSync } from 'node:fs';

/** A process, as far as it matters here; undefined where it is not there, or the system does not tell. */
export type Look = (pid: number) => { readonly name: string; readonly parent: number } | undefined;

/** As Linux tells it. */
export const lookAtProcess: Look = (pid) => {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The name stands in parentheses, and may hold some itself.
    const end = stat.lastIndexOf(')');
    const [, parent] = stat.slice(end + 2).split(' ');
    return { name: stat.slice(stat.indexOf('(') + 1, end), parent: Number(parent) };
  } catch {
    return undefined;
  }
};

const SHELLS: readonly string[] = ['sh', 'bash', 'dash', 'ash', 'busybox', 'zsh', 'ksh'];

/**
 * What tells whether npm is still there, asked again and again; undefined where npm did not start this, or that cannot
 * be told.
 * @param parentOf this process's parent, as it is now
 */
export function npmWatch(
  env: Readonly<Record<string, string | undefined>>,
  parentOf: () => number,
  look: Look = lookAtProcess,
): (() => boolean) | undefined {
  if (env['npm_command'] === undefined) return undefined;
  const parent = parentOf();
  const seen = look(parent);
  // The first process takes in what has lost its parent. In a container it may be npm itself, or its shell.
  if (parent === 1 && seen !== undefined && !isNpm(seen.name) && !SHELLS.includes(seen.name)) return () => false;
  if (parent === 1) return undefined;
  const npm = seen !== undefined && SHELLS.includes(seen.name) ? seen.parent : undefined;
  const isByNpm = npm !== undefined && isNpm(look(npm)?.name);
  return () => parentOf() === parent && (!isByNpm || look(parent)?.parent === npm);
}

/** npm names its process after what it runs. */
function isNpm(name: string | undefined): boolean {
  return name !== undefined && /^(np[mx]|node|MainThread)\b/.test(name);
}
