// What a success of HTTP says on a Slack webhook: Slack's own `ok`, and the answers of the servers that take Slack's
// messages (docs/protocol/channels.md#slack).
import { readRecord } from '@celery-watch/service/texts';

/** The member that says how it went, and the values that say that it went well. */
const MEMBERS: Readonly<Record<string, readonly unknown[]>> = {
  // Slack's Web API, Mattermost's.
  ok: [true],
  // Rocket.Chat, Synology Chat.
  success: [true],
  // Zulip.
  result: ['success', 'ok'],
  status: ['ok', 'success', 'OK'],
};

/**
 * `refused`: the server says no in plain words, so nobody has it. `unclear`: nobody can tell whether it is there. An
 * answer without a body is none with 200, and with 201 and 204 it is all that HTTP asks for.
 */
export function answerOfCompatible(status: number, body: string): 'taken' | 'refused' | 'unclear' {
  const text = body.trim();
  if (text === '') return status === 201 || status === 204 ? 'taken' : 'unclear';
  if (/^"?ok"?$/i.test(text)) return 'taken';
  const answer = readRecord(text);
  const said = Object.keys(MEMBERS).filter((name) => answer[name] !== undefined);
  if (said.length === 0) return 'unclear';
  if (said.every((name) => MEMBERS[name]?.includes(answer[name]))) return 'taken';
  return said.some((name) => answer[name] === false || answer[name] === 'error') ? 'refused' : 'unclear';
}
