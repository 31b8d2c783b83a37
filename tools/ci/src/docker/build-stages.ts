// Builds the stages of a Dockerfile in folders instead of images: a stage's folder is its root, and starts as a copy of
// the stage it comes from.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Instruction, lastOf, type Stage, stagesFor } from './dockerfile.js';

export interface BuiltStage {
  readonly stage: Stage;
  /** What the image's root would hold beyond its base image. */
  readonly root: string;
  /** Its WORKDIR, in the image's own terms. */
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface BuildParts {
  readonly stages: readonly Stage[];
  /** The build context. */
  readonly context: string;
  /** Holds a folder for each stage. */
  readonly folder: string;
  /** Told of each RUN, with the seconds it took. */
  readonly onRun: (stage: string, command: string, seconds: number) => void;
}

/** `built` holds the stages that other targets have built already, and takes those of this one. */
export function buildTarget(target: string, parts: BuildParts, built: Map<string, BuiltStage>): BuiltStage {
  for (const stage of stagesFor(target, parts.stages))
    if (!built.has(stage.name)) built.set(stage.name, buildStage(stage, parts, built));
  return built.get(target) as BuiltStage;
}

function buildStage(stage: Stage, parts: BuildParts, built: ReadonlyMap<string, BuiltStage>): BuiltStage {
  const root = join(parts.folder, stage.name);
  const parent = built.get(stage.from);
  mkdirSync(root, { recursive: true });
  if (parent) cpSync(parent.root, root, { recursive: true, verbatimSymlinks: true });
  let workdir = parent?.workdir ?? '/';
  const env: Record<string, string> = { ...parent?.env };
  for (const instruction of stage.instructions) {
    if (instruction.name === 'WORKDIR') {
      workdir = instruction.text;
      mkdirSync(join(root, workdir), { recursive: true });
    } else if (instruction.name === 'ENV') {
      for (const [, key = '', value = ''] of instruction.text.matchAll(/([A-Z_]+)=(\S+)/g)) env[key] = value;
    } else if (instruction.name === 'COPY') {
      copy(
        instruction,
        instruction.flags['from'] === undefined ? parts.context : rootOf(instruction.flags['from'], built),
        join(root, workdir),
      );
    } else if (instruction.name === 'RUN') {
      const began = performance.now();
      run(instruction.text, join(root, workdir), env);
      parts.onRun(stage.name, instruction.text, (performance.now() - began) / 1000);
    }
  }
  return { stage, root, workdir, env };
}

/** A folder's content goes into the target, a file goes below a target that ends in a slash; as Docker does it. */
function copy({ text }: Instruction, from: string, workFolder: string): void {
  const words = text.split(/\s+/);
  const to = words.pop() ?? '';
  for (const word of words) {
    const source = join(from, word);
    const target = join(workFolder, to);
    const toFolder = to.endsWith('/') || words.length > 1;
    cpSync(source, statSync(source).isFile() && toFolder ? join(target, basename(source)) : target, {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
}

/** Our npm scripts must find this very Node.js, as they find the image's. */
function run(command: string, cwd: string, env: Readonly<Record<string, string>>): void {
  const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  try {
    execFileSync('/bin/sh', ['-c', command], {
      cwd,
      env: { ...process.env, NX_TUI: 'false', ...env, PATH: path },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`this step of the Dockerfile fails: ${command}\n${stdout}\n${stderr}`, { cause: error });
  }
}

function rootOf(name: string, built: ReadonlyMap<string, BuiltStage>): string {
  const stage = built.get(name);
  if (stage === undefined) throw new Error(`COPY --from=${name}: only stages of this Dockerfile are copied from`);
  return stage.root;
}

/** The user that the image runs as, by number. */
export function userOf({ stage }: BuiltStage): { readonly uid: number; readonly gid: number } {
  const [uid, gid] = (lastOf(stage, 'USER')?.text ?? '').split(':').map(Number);
  if (!uid || !gid) throw new Error(`the stage ${stage.name} runs as root, or as a user without a number`);
  return { uid, gid };
}
