// Archives that are the same, byte by byte, whoever makes them of the same files; and what takes them apart.
import path from 'node:path';
import { runCommand } from '@celery-watch/testbed';

const SAME = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mode=u+rwX,go+rX,go-w', '--format=gnu'];

/**
 * A .tar.gz of a folder, in which everything is root's and of one time. Rejects with tar's words.
 * @param made epoch seconds
 */
export async function archive(folder: string, into: string, made: number): Promise<void> {
  const packing = ['--create', `--file=${into}`, '--use-compress-program=gzip -n', `--mtime=@${made}`];
  const what = ['-C', path.dirname(folder), path.basename(folder)];
  await runCommand('tar', [...packing, ...SAME, ...what], { within: 0 });
}

/** @param members only these; all where there are none */
export async function unpack(file: string, into: string, members: readonly string[] = []): Promise<void> {
  await runCommand('tar', ['xzf', file, '-C', into, ...members], { within: 0 });
}
