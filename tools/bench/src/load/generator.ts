// The load generator, a program of its own: takes commands on standard input, one JSON object a line and one at a time,
// and answers each when it is done.
import { createInterface } from 'node:readline';
import { type OpenSettings, type Sent, Session } from './session.js';

export type Command =
  | ({ readonly op: 'open' } & OpenSettings)
  /** Only how many task names are in use from now on. */
  | { readonly op: 'names'; readonly names: number }
  | { readonly op: 'send'; readonly events: number }
  | { readonly op: 'abandon'; readonly tasks: number; readonly startedShare: number }
  | { readonly op: 'flow'; readonly rate: number }
  | { readonly op: 'stop-flow' }
  | { readonly op: 'quiet' }
  | { readonly op: 'close' };

export type Answer = { readonly sent: Sent } | { readonly error: string };

let session: Session | undefined;

async function obey(command: Command): Promise<Sent> {
  if (command.op === 'open') {
    session?.close();
    session = await Session.open(command);
    return session.sent;
  }
  if (session === undefined) throw new Error(`${command.op} without a session`);
  switch (command.op) {
    case 'names':
      session.stream.lives.names = command.names;
      break;
    case 'send':
      await session.send(command.events);
      break;
    case 'abandon':
      await session.abandon(command.tasks, command.startedShare);
      break;
    case 'flow':
      session.startFlow(command.rate);
      break;
    case 'stop-flow':
      await session.stopFlow();
      break;
    case 'quiet':
      await session.quiet();
      break;
    case 'close':
      session.close();
      break;
  }
  return session.sent;
}

let turn: Promise<void> = Promise.resolve();
createInterface({ input: process.stdin })
  .on('line', (line) => {
    turn = turn.then(async () => {
      const answer: Answer = await obey(JSON.parse(line) as Command).then(
        (sent) => ({ sent }),
        (error: unknown) => ({ error: String((error as Error).stack) }),
      );
      process.stdout.write(`${JSON.stringify(answer)}\n`);
    });
  })
  .on('close', () => {
    session?.close();
  });
