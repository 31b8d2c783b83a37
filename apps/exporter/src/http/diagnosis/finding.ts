// What a finding is: one thing that explains why a number may be missing, zero or wrong, and what to do about it.
import type { Status } from '../status.js';

/** Worst first. problem: nothing can be counted. warning: some numbers are missing or wrong. note: good to know. */
export const LEVELS = ['problem', 'warning', 'note', 'ok'] as const;
export type Level = (typeof LEVELS)[number];

/** What a person reads. `backticks` mark what is to be typed, and names that came off a socket. */
export interface FindingText {
  readonly title: string;
  /** What is seen, and what it means for the numbers. */
  readonly detail: string;
  /** The setting, flag or command that helps; empty where nothing is to be done. */
  readonly fix: string;
}

export interface Finding extends FindingText {
  readonly level: Level;
}

/** Looks at one matter; nothing where all is well with it. */
export type Rule = (status: Status) => readonly Finding[];

/** One in a thousand, such as the tasks that were under way when the exporter began, is worth a note and no more. */
export function levelOf(part: number, whole: number): Level {
  return part * 1000 > whole ? 'warning' : 'note';
}

export function sum(counts: readonly number[]): number {
  return counts.reduce((total, each) => total + each, 0);
}
