// The Helm chart as a way to install: packed as one file, and tried as far as one can without a cluster.
import path from 'node:path';
import { findProgram, runCommand } from '@celery-watch/testbed';
import type { Figure, Way, Workshop } from '../way.js';

/** A tool is a program: the chart's own makes and tries the package. */
function chartTool({ root }: Workshop, ...args: readonly string[]): Promise<string> {
  return runCommand(process.execPath, [path.join(root, 'tools/chart/dist/main.js'), ...args], { within: 600_000 });
}

const fileOf = ({ version }: Workshop): string => `celery-watch-${version}.tgz`;

export const CHART: Way = {
  name: 'chart',
  summary: 'the Helm chart as a package, its Deployments run with the programs of this repository',
  needs: [],
  cannot: () => {
    const isFetched = process.platform === 'linux' && process.arch === 'x64';
    const isThere = ['helm', 'kubectl'].every((name) => path.isAbsolute(findProgram([name])));
    return isFetched || isThere
      ? undefined
      : 'helm and kubectl are fetched for Linux on x64 alone: put them on the PATH';
  },
  make: async (workshop) => {
    await chartTool(workshop, 'package', workshop.out);
    return [fileOf(workshop)];
  },
  try: async (workshop): Promise<readonly Figure[]> => {
    const lines = await chartTool(workshop, 'try', path.join(workshop.out, fileOf(workshop)));
    return lines.split('\n').flatMap((line) => {
      const [, what, value] = /^(.+): ([^:]+)$/.exec(line.trim()) ?? [];
      return what === undefined || value === undefined ? [] : [{ what, value }];
    });
  },
};
