// What messages say, as the set of words that each language has.
import type { Reason, Urgency } from '../notification/index.js';

/** Numbers are given with their text, since languages group digits and count differently. */
export interface Numeral {
  readonly n: number;
  readonly text: string;
}

export interface Words {
  readonly urgency: Readonly<Record<Urgency, string>>;
  readonly resolved: string;
  /** Before the summary of what has ended: it tells of the trouble. */
  over(summary: string): string;
  readonly stillFiring: string;
  /** Of labels that people know by another name; others are shown as they are. */
  readonly labels: Readonly<Record<string, string>>;
  readonly reasons: Readonly<Record<Reason, string>>;
  readonly links: {
    readonly runbook: string;
    readonly graph: string;
    readonly dashboard: string;
    readonly panel: string;
    readonly image: string;
    readonly silence: string;
    readonly silenceGroup: string;
    readonly alertmanager: string;
    readonly grafana: string;
  };
  readonly value: string;
  readonly unnamed: string;
  readonly colon: string;
  /** Between the things of a list, and between things that stand side by side. */
  readonly comma: string;
  readonly clause: string;
  readonly shortened: string;
  /** Begins a title, with its brackets. */
  readonly tag: {
    firing(n: string, urgency: Urgency): string;
    stillFiring(n: string, urgency: Urgency): string;
    resolved(n: string): string;
    partlyResolved(resolved: string, firing: string): string;
  };
  /** The same in the subject of a mail, behind `[CRITICAL]` or `[WARNING]`, by which people sort their mails. */
  readonly inbox: {
    firing(n: string): string;
    stillFiring(n: string): string;
    partlyResolved(resolved: string, firing: string): string;
  };
  /** 12 groups */
  groups(n: Numeral): string;
  /** The others of a list that was cut. */
  andMore(n: Numeral): string;
  /** The same where room is short, with what parts it from the list. */
  andOthers(n: Numeral): string;
  changes: {
    fresh(n: Numeral): string;
    /** Fires again soon after its end. */
    again(n: Numeral): string;
    resolved(n: Numeral): string;
    /** `urgencies`: such as "1 critical". Not `complete`: of others it is not known. */
    stillFiring(n: Numeral, urgencies: readonly string[], complete: boolean): string;
    reminder: string;
  };
  continued(from: string, to: string, of: string): string;
  late(accepted: string, span: string): string;
  possibleDuplicate: string;
  undelivered(channel: string, reason: string): string;
  /** Above a message that could not be laid out. */
  plainForm: string;
  truncated(n: Numeral): string;
  since(at: string, span: string): string;
  /** Of what fires again: how long ago it had ended. */
  again(span: string): string;
  /** From–to and for how long; either moment may be unknown. */
  ended(from: string | undefined, to: string | undefined, span: string | undefined): string;
  /** After the steps of a story: how long it lasted, or lasts. */
  lasted(span: string): string;
  step: { firing(at: string): string; resolved(at: string): string };
  changedOften(n: Numeral, since: string): string;
  standing(n: Numeral): string;
  /** Before the names of what is only counted. */
  folded(n: Numeral, parts: string): string;
  counted: { firing(n: string, urgency: Urgency): string; resolved(n: string): string };
  otherNames(n: Numeral): string;
  receiver: string;
}
