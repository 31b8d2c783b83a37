// Runs a short command to its end and gives back what it printed.
import { execFile } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds; 0: as long as it takes. Default 20,000. */
  readonly within?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whom it runs as, where this process is root and the program refuses that. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const settings = {
      cwd: options.cwd,
      uid: options.uid,
      gid: options.gid,
      signal: options.signal,
      env: { ...process.env, ...options.env },
      timeout: options.within ?? 20_000,
      maxBuffer: 64 * 1024 * 1024,
    };
    execFile(command, args, settings, (error, stdout, stderr) => {
      if (error)
        reject(
          new Error(`${command} failed: ${(stderr.trim() || stdout.trim() || error.message).slice(-2000)}`, {
            cause: error,
          }),
        );
      else resolve(stdout.trimEnd());
    });
  });
}
