// The load on many Redis servers at once, a program of its own: one session for each; every command on standard input
// is for all of them, and is answered with what they have sent together.
import { createInterface } from 'node:readline';
import { type OpenSettings, type Sent, Session } from './session.js';

export type FleetCommand =
  | { readonly op: 'open'; readonly servers: readonly OpenSettings[] }
  /** Events for each server. */
  | { readonly op: 'send'; readonly events: number }
  /** Events a second on each server. */
  | { readonly op: 'flow'; readonly rate: number }
  | { readonly op: 'quiet' };

let sessions: readonly Session[] = [];

async function obey(command: FleetCommand): Promise<Sent> {
  switch (command.op) {
    case 'open':
      sessions = await Promise.all(command.servers.map((server) => Session.open(server)));
      break;
    case 'send':
      await Promise.all(sessions.map((session) => session.send(command.events)));
      break;
    case 'flow':
      for (const session of sessions) session.startFlow(command.rate);
      break;
    case 'quiet':
      await Promise.all(sessions.map((session) => session.stopFlow()));
      await Promise.all(sessions.map((session) => session.quiet()));
      break;
  }
  return together(sessions.map(({ sent }) => sent));
}

function together(all: readonly Sent[]): Sent {
  const sum = (value: (sent: Sent) => number): number => all.reduce((total, sent) => total + value(sent), 0);
  const types = Object.keys(all[0]?.counts ?? {}) as (keyof Sent['counts'])[];
  return {
    counts: Object.fromEntries(types.map((type) => [type, sum(({ counts }) => counts[type])])) as Sent['counts'],
    events: sum(({ events }) => events),
    messages: sum(({ messages }) => messages),
    bytes: sum(({ bytes }) => bytes),
    strays: sum(({ strays }) => strays),
    heldBack: sum(({ heldBack }) => heldBack),
  };
}

let turn: Promise<void> = Promise.resolve();
createInterface({ input: process.stdin })
  .on('line', (line) => {
    turn = turn.then(async () => {
      const answer = await obey(JSON.parse(line) as FleetCommand).then(
        (sent) => ({ sent }),
        (error: unknown) => ({ error: String((error as Error).stack) }),
      );
      process.stdout.write(`${JSON.stringify(answer)}\n`);
    });
  })
  .on('close', () => {
    for (const session of sessions) session.close();
  });
