// Was anything lost? The ledger of promises against what the servers took and what is a visible dead letter. Pure.
import type { DeadContent } from './dead-contents.js';
import type { ChannelName, Received } from './flaky.js';
import { tokenOf, tokensIn, type Transition } from './storm.js';

/** Which channels must learn of an alert; the same as the configuration's route. */
export const ROUTE = {
  channels: ['hook'],
  routes: [
    { matchers: ['team="a"'], channels: ['hook', 'slack'] },
    { matchers: ['team="b"'], channels: ['hook', 'ding'] },
    { matchers: ['team="c"'], channels: ['hook', 'mail'] },
  ],
} as const;

function audienceOf({ labels }: Transition): readonly ChannelName[] {
  return (
    ROUTE.routes.find(({ matchers: [matcher] }) => matcher === `team="${labels['team'] ?? ''}"`)?.channels ??
    ROUTE.channels
  );
}

export interface Evidence {
  readonly promised: readonly Transition[];
  /** By channel, in the order of arrival. */
  readonly received: Readonly<Record<ChannelName, readonly Received[]>>;
  readonly idempotent: (channel: ChannelName) => boolean;
  readonly dead: readonly DeadContent[];
  /** When the relay was killed, and until when what it had sent can have arrived: milliseconds since 1970. */
  readonly kills: readonly Kill[];
  /** When the database was away. */
  readonly outages: readonly { readonly from: number; readonly until: number }[];
  /** How many share the work: one sends the messages of a channel one after the other, several do not. */
  readonly relays: number;
  /** When the relay said of an attempt that no answer came in its time, although the server may have given one. */
  readonly unclear: readonly { readonly channel: string; readonly at: number }[];
}

export interface Kill {
  readonly at: number;
  readonly arrivedUntil: number;
}

export interface ChannelFinding {
  readonly channel: ChannelName;
  readonly promised: number;
  readonly delivered: number;
  /** Told as the older part of a message about a newer change. */
  readonly merged: number;
  readonly dead: number;
  readonly lost: readonly string[];
  readonly messages: number;
  /** Resends that the server knew for such. */
  readonly recognised: number;
  readonly duplicates: {
    readonly answerLost: number;
    readonly killed: number;
    /** The mark could not be set, since the database was away. */
    readonly outage: number;
    /** The relay had given up waiting when the answer came: servers and relay share two busy cores with the test. */
    readonly late: number;
    /** Without the words that say so, where the server shows a resend again. */
    readonly unmarked: readonly string[];
    readonly unexplained: readonly string[];
  };
  /** Where an older state was told after a newer one. */
  readonly outOfOrder: readonly string[];
}

interface Telling {
  readonly received: Received;
  readonly index: number;
  readonly alert: string;
  /** Grows with the alert's changes: their numbers in texts, their times in data. */
  readonly order: number;
}

export function verify(evidence: Evidence, channel: ChannelName): ChannelFinding {
  const promised = evidence.promised.filter((each) => audienceOf(each).includes(channel));
  const all = evidence.received[channel];
  const visible = visibleOf(all, evidence.idempotent(channel));
  const tellings = visible.flatMap((received, index) =>
    tellingsOf(received).map((each): Telling => ({ received, index, ...each })),
  );
  const isData = channel === 'hook';
  const stories = new Set(visible.flatMap(({ message }) => storiesOf(message.raw)));
  const byAlert = Map.groupBy(tellings, ({ alert }) => alert);
  const buried = new Set(
    evidence.dead
      .filter((letter) => letter.channel === channel)
      .flatMap(({ notification }) => notification.changes.map((alert) => alert.annotations['summary'])),
  );
  let [delivered, merged, dead] = [0, 0, 0];
  const lost: string[] = [];
  for (const transition of promised) {
    const steps = byAlert.get(transition.alert) ?? [];
    const order = isData ? transition.at : transition.step;
    if (steps.some((each) => each.order === order)) delivered++;
    // The data of a webhook says each change of a merged message; a text can only be asked for the newest.
    else if (
      isData
        ? stories.has(storyKey(transition.alert, transition.status, transition.at))
        : steps.some((each) => each.order > order)
    )
      merged++;
    else if (buried.has(tokenOf(transition.alert, transition.step))) dead++;
    else lost.push(tokenOf(transition.alert, transition.step));
  }
  return {
    channel,
    promised: promised.length,
    delivered,
    merged,
    dead,
    lost,
    messages: visible.length,
    recognised:
      all.filter(({ message }) => message.accepted || message.refusal === 'duplicate').length - visible.length,
    duplicates: duplicatesOf(byAlert, all, evidence, channel),
    outOfOrder: [...byAlert.values()].flatMap(disordered),
  };
}

/** What people see: accepted, and each key once where the server, or the mailbox, goes by it. */
function visibleOf(all: readonly Received[], idempotent: boolean): Received[] {
  const known = new Set<string>();
  return all.filter(({ message: { accepted, key } }) => {
    if (!accepted) return false;
    if (!idempotent || key === undefined) return true;
    const isNew = !known.has(key);
    known.add(key);
    return isNew;
  });
}

/** What fires on without a change is mentioned, not told. */
const STANDING = /^Still firing.*$/gm;

function tellingsOf({ message: { raw, title, text } }: Received): readonly Pick<Telling, 'alert' | 'order'>[] {
  const data = dataOf(raw);
  if (data !== undefined)
    return data.map(({ alert, story }) => ({ alert: alert.fingerprint, order: story.at(-1)?.at ?? 0 }));
  const found = tokensIn(`${title}\n${text.replace(STANDING, '')}`);
  return [...new Map(found.map(({ alert, step }) => [tokenOf(alert, step), { alert, order: step }])).values()];
}

interface ToldAlert {
  readonly alert: { readonly fingerprint: string };
  readonly story: readonly { readonly status: string; readonly at: number }[];
}

/** The alerts of the generic webhook's body; undefined for other channels' bodies. */
function dataOf(raw: string): readonly ToldAlert[] | undefined {
  if (!raw.startsWith('{"version":"1"')) return undefined;
  return (JSON.parse(raw) as { alerts: readonly ToldAlert[] }).alerts;
}

function storiesOf(raw: string): readonly string[] {
  return (dataOf(raw) ?? []).flatMap(({ alert, story }) =>
    story.map(({ status, at }) => storyKey(alert.fingerprint, status, at)),
  );
}

function storyKey(alert: string, status: string, at: number): string {
  return `${alert} ${status} ${at}`;
}

function duplicatesOf(
  byAlert: ReadonlyMap<string, readonly Telling[]>,
  all: readonly Received[],
  { kills, outages, unclear, idempotent, relays }: Evidence,
  channel: ChannelName,
): ChannelFinding['duplicates'] {
  let [answerLost, killed, outage, late] = [0, 0, 0, 0];
  const unexplained: string[] = [];
  const unmarked: string[] = [];
  const givenUp = unclear.filter((each) => each.channel === channel);
  const counted = new Set<Received>();
  const byGroup = new Map(
    [...Map.groupBy([...byAlert.values()].flat(), groupOf)].map(([group, tellings]) => [
      group,
      all.filter((received) => tellings.some((telling) => telling.received === received)),
    ]),
  );
  for (const tellings of byAlert.values()) {
    for (const [place, telling] of tellings.entries()) {
      const before = tellings.slice(0, place).findLast(({ order }) => order === telling.order);
      if (before === undefined || counted.has(telling.received)) continue;
      counted.add(telling.received);
      // One worker sends one after the other: what came next on the channel was sent after the mark of this one, or by
      // the next process. Of several relays only what came next of the same group was.
      const line = relays === 1 ? all : (byGroup.get(groupOf(telling)) ?? []);
      const index = line.indexOf(before.received);
      const next = line[index + 1]?.at ?? Infinity;
      const previous = line[index - 1]?.at ?? 0;
      const name = `${telling.alert} ${telling.order}`;
      if (!idempotent(channel) && !isMarked(telling.received)) unmarked.push(name);
      if (before.received.answerLost) answerLost++;
      else if (kills.some((kill) => kill.arrivedUntil >= before.received.at && kill.at <= next)) killed++;
      else if (outages.some(({ from, until }) => until >= before.received.at && from <= next)) outage++;
      // A request that waited for its server while the relay gave up was taken after that.
      else if (givenUp.some(({ at }) => at >= previous && at <= next)) late++;
      else unexplained.push(name);
    }
  }
  return { answerLost, killed, outage, late, unmarked, unexplained };
}

/** The group that its name begins with. */
function groupOf({ alert }: Telling): string {
  return alert.slice(0, alert.indexOf('a'));
}

function isMarked({ message: { title, text } }: Received): boolean {
  return `${title}\n${text}`.includes('Possible duplicate');
}

function disordered(tellings: readonly Telling[]): string[] {
  return tellings.flatMap((telling, place) => {
    const before = tellings[place - 1];
    return before !== undefined && before.index !== telling.index && before.order > telling.order
      ? [`${telling.alert} ${telling.order} after ${before.order}`]
      : [];
  });
}
