// Commands that have a time limit, and whose failures are either explained or handed out one by one.
import { COMMAND_LIMIT, type Connection } from './connection.js';
import { Fault, isFatal, reasonOf, replyCode } from './reasons.js';
import { within } from './time-limit.js';

/** A command for ioredis' pipeline: its method's name and arguments. */
export type Command = readonly [method: string, ...args: readonly (string | number)[]];

/**
 * Sends the commands in one write and gives their answers in order: the value, or the error reply to that one command.
 * Rejects with a Fault when the connection is gone, the time is over, or a reply says that the server is no working
 * master.
 */
export async function askAll(
  { client, place }: Connection,
  what: string,
  commands: readonly Command[],
  limit = COMMAND_LIMIT,
): Promise<readonly unknown[]> {
  if (commands.length === 0) return [];
  const sent = client.pipeline(commands.map((command) => [...command])).exec();
  const answers = await within(limit, `${place.where} has not answered ${what} within ${String(limit / 1000)} s`, sent);
  return (answers ?? []).map(([error, value]) => {
    if (error === null) return value;
    if (isFatal(error)) throw new Fault(reasonOf(error, place));
    return error;
  });
}

/**
 * What an error reply means, naming the rights that a user without permission needs. `rights` is written as in ACL
 * SETUSER.
 */
export function denial(error: unknown, connection: Connection, rights: string): Fault {
  const { place } = connection;
  return replyCode(error) === 'NOPERM'
    ? new Fault(`${place.where} denies permission: its user needs ${rights} (Redis ACL)`)
    : new Fault(reasonOf(error, place));
}
