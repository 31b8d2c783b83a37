// An outbox whose times nobody can set: all that it holds is in steady time, and whoever uses it goes by the clock. A
// clock that is set moves no deadline, no age and no window of deduplication.
import type { Notification } from '../notification/index.js';
import type { AlertState, Attempt, Claim, ClaimRequest, HistoryEntry, Intake, Outbox, Settlement } from './outbox.js';
import { readKeptTime, SteadyClock, SYSTEM_TIME, type RelayClock, type TimeSources } from './steady-clock.js';
import { StoreClock } from './store-clock.js';

const NOTE = 'clock';

export interface OutboxWithClock {
  readonly outbox: Outbox;
  readonly clock: RelayClock;
}

/**
 * By the store's own time where several relays share it; else it takes up the time where the store's last run left it.
 * Rejects while the store is away.
 */
export async function withSteadyTime(store: Outbox, sources: TimeSources = SYSTEM_TIME): Promise<OutboxWithClock> {
  const isShared = (await store.time()) !== undefined;
  const clock: RelayClock = isShared
    ? await StoreClock.open({ time: () => store.time(), ticks: sources.ticks })
    : new SteadyClock(sources, readKeptTime(await store.note(NOTE)));
  return { clock, outbox: steadyOutbox(store, clock) };
}

/** To be called now and then, after each jump and at the end: what the next run begins with. */
export async function keepTime({ outbox, clock }: OutboxWithClock): Promise<void> {
  const kept = clock.keep();
  if (kept !== undefined) await outbox.note(NOTE, JSON.stringify(kept));
}

/** The same outbox for somebody who goes by `clock.now`. */
export function steadyOutbox(store: Outbox, clock: Pick<RelayClock, 'toSteady' | 'fromSteady'>): Outbox {
  const into = (at: number): number => clock.toSteady(at);
  const out = (at: number): number => clock.fromSteady(at);
  const notification = (given: Notification, move: (at: number) => number): Notification => ({
    ...given,
    acceptedAt: move(given.acceptedAt),
  });
  return {
    record: async (groupKey, episodes, decide) => {
      let decided: ReturnType<typeof decide> | undefined;
      await store.record(groupKey, episodes, (known) => {
        decided = decide({ ...known, states: statesMoved(known.states, out) });
        return intakeMoved(decided);
      });
      return decided as ReturnType<typeof decide>;
    },
    knowsFormerKeys: () => store.knowsFormerKeys(),
    held: async () => (await store.held()).map((each) => ({ ...each, dueAt: out(each.dueAt) })),
    dropHeld: (id) => store.dropHeld(id),
    quarantine: (bytes, reason, at) => store.quarantine(bytes, reason, into(at)),
    waiting: async (channel, now) => {
      const waiting = await store.waiting(channel, into(now));
      return { ...waiting, nextAt: waiting.nextAt === undefined ? undefined : out(waiting.nextAt) };
    },
    claim: async (channel, request: ClaimRequest) => {
      const claim = await store.claim(channel, { ...request, now: into(request.now) });
      return claim && claimMoved(claim);
    },
    contents: async (claim) => contentsMoved(await store.contents(claim)),
    progress: (claim, plan, leaseUntil, attempts) =>
      store.progress(claim, plan, into(leaseUntil), attemptsMoved(attempts)),
    settle: (claim, settlement, attempts) => store.settle(claim, settlementMoved(settlement), attemptsMoved(attempts)),
    listDead: async (filter, limit) =>
      (await store.listDead(filter, limit)).map((letter) => ({
        ...letter,
        acceptedAt: out(letter.acceptedAt),
        diedAt: out(letter.diedAt),
      })),
    replayDead: (filter, now, channel) => store.replayDead(filter, into(now), channel),
    discardDead: (filter) => store.discardDead(filter),
    giveUpRemovedChannels: (channels, at, fallback) => store.giveUpRemovedChannels(channels, into(at), fallback),
    history: async (filter, limit, before) => {
      const moved = {
        ...filter,
        ...(filter.since !== undefined && { since: into(filter.since) }),
        ...(filter.until !== undefined && { until: into(filter.until) }),
      };
      const entries = await store.history(moved, limit, before && { ...before, acceptedAt: into(before.acceptedAt) });
      return entries.map(entryMoved);
    },
    historyOf: async (id) => {
      const record = await store.historyOf(id);
      return (
        record && {
          ...entryMoved(record),
          notification: notification(record.notification, out),
          sends: record.sends.map((each) => ({ ...each, at: out(each.at) })),
        }
      );
    },
    listQuarantine: async (limit) => (await store.listQuarantine(limit)).map((each) => ({ ...each, at: out(each.at) })),
    quarantined: async (id) => {
      const post = await store.quarantined(id);
      return post && { ...post, at: out(post.at) };
    },
    dropQuarantined: (ids) => store.dropQuarantined(ids),
    figures: async () => {
      const figures = await store.figures();
      return {
        ...figures,
        pending: new Map(
          Array.from(figures.pending, ([channel, each]) => [
            channel,
            { ...each, oldestAcceptedAt: out(each.oldestAcceptedAt) },
          ]),
        ),
      };
    },
    prune: ({ deliveredBefore, seenBefore }) =>
      store.prune({ deliveredBefore: into(deliveredBefore), seenBefore: into(seenBefore) }),
    note: (name, value) => store.note(name, value),
    changeNote: (name, change) => store.changeNote(name, change),
    time: () => store.time(),
    onWork: (listener) => {
      store.onWork(listener);
    },
    lost: () => store.lost(),
    close: () => store.close(),
  };

  function intakeMoved<T extends Intake>(intake: T): T {
    return {
      ...intake,
      states: statesMoved(intake.states, into),
      ...(intake.held !== undefined && { held: { ...intake.held, dueAt: into(intake.held.dueAt) } }),
      entries: intake.entries.map((each) => ({ ...each, notification: notification(each.notification, into) })),
    };
  }

  function claimMoved(claim: Claim): Claim {
    return {
      ...claim,
      composedAt: out(claim.composedAt),
      notifications: contentsMoved(claim.notifications) ?? [],
      conversations: claim.conversations.map((each) => ({
        ...each,
        root: { ...each.root, at: out(each.root.at) },
        last: { ...each.last, at: out(each.last.at) },
      })),
    };
  }

  function contentsMoved(contents: Claim['notifications'] | undefined): Claim['notifications'] | undefined {
    return contents?.map((each) => ({ ...each, acceptedAt: out(each.acceptedAt) }));
  }

  function attemptsMoved(attempts: readonly Attempt[] | undefined): readonly Attempt[] | undefined {
    return attempts?.map((each) => ({ ...each, at: into(each.at) }));
  }

  function entryMoved<T extends HistoryEntry>(entry: T): T {
    const { acceptedAt, endedAt } = entry;
    return { ...entry, acceptedAt: out(acceptedAt), ...(endedAt !== undefined && { endedAt: out(endedAt) }) };
  }

  function settlementMoved(settlement: Settlement): Settlement {
    switch (settlement.kind) {
      case 'returned':
        return settlement;
      case 'delivered':
      case 'dead':
        return { ...settlement, at: into(settlement.at) };
      case 'retry':
        return {
          ...settlement,
          at: into(settlement.at),
          notBefore: into(settlement.notBefore),
          expireBefore: into(settlement.expireBefore),
        };
    }
  }
}

/** Start and end stay as they are: they are the sender's words. */
function statesMoved(
  states: ReadonlyMap<string, AlertState>,
  move: (at: number) => number,
): ReadonlyMap<string, AlertState> {
  return new Map(
    Array.from(states, ([key, state]) => {
      const { seenAt, toldAt, heldUntil } = state;
      const moved = { ...state, seenAt: move(seenAt), toldAt: move(toldAt) };
      return [key, heldUntil === undefined ? moved : { ...moved, heldUntil: move(heldUntil) }];
    }),
  );
}
