// `npm run chart`: holds the Helm chart and the folders of kustomize against what users rely on.
// `write`: makes what is made.
import { checkAcross, checkCases, checkFiles } from './chart-check.js';
import { CHART, writeFiles, writtenFiles } from './copies.js';
import { checkKustomize } from './kustomize-check.js';
import { kubernetesPrograms } from './programs.js';
import { Renderer } from './render.js';
import { Report } from './report.js';
import { tryPackage } from './try-package.js';

const say = (line: string): void => console.log(`  ${line}`);

async function check(): Promise<boolean> {
  const began = performance.now();
  const report = new Report();
  await checkFiles(report);
  const programs = await kubernetesPrograms(say);
  if ('missing' in programs) {
    console.log(`\n  ── NOT CHECKED: nothing was rendered. ${programs.missing} ──\n`);
    return programs.isExpected && report.faults.length === 0;
  }
  say(`helm and kubectl are from ${programs.from}`);
  const renderer = new Renderer(programs);
  await checkCases(report, renderer);
  await checkAcross(report, renderer);
  await checkKustomize(report, renderer);
  const { length } = report.faults;
  console.log(
    `  ${length === 0 ? 'the chart and kubernetes/ are good' : `${length} promises are broken`}; ${((performance.now() - began) / 1000).toFixed(1)} s in all`,
  );
  return length === 0;
}

/** Makes the package in a folder, or tries one. */
async function ofPackage(command: 'package' | 'try', place: string): Promise<void> {
  const programs = await kubernetesPrograms((line) => console.error(line));
  if ('missing' in programs) throw new Error(programs.missing);
  const renderer = new Renderer(programs);
  if (command === 'try') {
    for (const line of await tryPackage(place, renderer)) console.log(line);
    return;
  }
  const { ok, text } = await renderer.package(CHART, place);
  if (!ok) throw new Error(text);
  console.log(text.trim());
}

const [command = 'check'] = process.argv.slice(2);
if (command === 'check') {
  process.exitCode = (await check()) ? 0 : 1;
} else if (command === 'write') {
  const written = writeFiles(writtenFiles());
  console.log(written.length === 0 ? 'everything was up to date' : `wrote ${written.join(', ')}`);
} else if (command === 'fetch') {
  const programs = await kubernetesPrograms(say);
  if ('missing' in programs) {
    console.log(`  the chart will not be rendered: ${programs.missing}`);
    process.exitCode = programs.isExpected ? 0 : 1;
  }
} else if (command === 'package' || command === 'try') {
  await ofPackage(command, process.argv[3] ?? '.');
} else {
  console.error('usage: main.js [check|write|fetch|package FOLDER|try FILE]');
  process.exitCode = 2;
}
