// Which program is taken where it has two names and several folders.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { findProgram } from './find-program.js';

let root = '';
const place = (folder: string, name: string, mode = 0o755): string => {
  mkdirSync(path.join(root, folder), { recursive: true });
  const file = path.join(root, folder, name);
  writeFileSync(file, '#!/bin/sh\n', { mode });
  return file;
};
const find = (...folders: readonly string[]): string =>
  findProgram(['prometheus-alertmanager', 'alertmanager'], folders.map((each) => path.join(root, each)).join(':'));

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'find-program-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

it('the folder that comes first on the PATH counts, whatever the name there', () => {
  const debian = place('usr', 'prometheus-alertmanager');
  const newer = place('opt', 'alertmanager');
  expect(find('opt', 'usr')).toBe(newer);
  expect(find('usr', 'opt')).toBe(debian);
});

it('what cannot be run is passed over, and a program that is nowhere keeps its name', () => {
  place('usr', 'prometheus-alertmanager', 0o644);
  expect(find('missing', 'usr')).toBe('prometheus-alertmanager');
});
