// Renders the chart and the folders of kustomize with the real programs.
import { spawn } from 'node:child_process';
import type { KubernetesPrograms } from './programs.js';

export interface Rendered {
  readonly ok: boolean;
  /** What was rendered, or why not. */
  readonly text: string;
}

/** What the checks call a release, and where they put it. */
export const RELEASE = { name: 'watch', namespace: 'shop' } as const;

export class Renderer {
  readonly #programs: KubernetesPrograms;

  constructor(programs: KubernetesPrograms) {
    this.#programs = programs;
  }

  template(chart: string, args: readonly string[], release: string = RELEASE.name): Promise<Rendered> {
    return call(this.#programs.helm, ['template', release, chart, '--namespace', RELEASE.namespace, ...args]);
  }

  lint(chart: string, args: readonly string[]): Promise<Rendered> {
    return call(this.#programs.helm, ['lint', chart, '--strict', '--quiet', ...args]);
  }

  /** Gives the package's file. */
  package(chart: string, target: string): Promise<Rendered> {
    return call(this.#programs.helm, ['package', chart, '--destination', target]);
  }

  /** The whole release as the cluster would keep it. */
  release(chart: string, args: readonly string[]): Promise<Rendered> {
    return call(this.#programs.helm, ['install', RELEASE.name, chart, '--dry-run=client', '--output', 'json', ...args]);
  }

  kustomize(folder: string): Promise<Rendered> {
    return call(this.#programs.kubectl, ['kustomize', folder]);
  }
}

/** No cluster is asked, whatever this machine is logged in to. */
const ENVIRONMENT = { ...process.env, KUBECONFIG: '/dev/null' };

function call(program: string, args: readonly string[]): Promise<Rendered> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: ENVIRONMENT, timeout: 60_000 });
    let out = '';
    let words = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text));
    child.once('error', (error) => resolve({ ok: false, text: error.message }));
    child.once('close', (code) => {
      const ok = code === 0;
      resolve({ ok, text: ok ? out : `${out}${words}`.trim() });
    });
  });
}
