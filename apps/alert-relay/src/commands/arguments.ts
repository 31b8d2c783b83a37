// The command line: the commands, what may be given with them, and what --help says of both.
import {
  boolean,
  integer,
  numberList,
  option,
  options,
  problemsText,
  prose,
  readCommand,
  readOptions,
  text,
  type HelpHead,
  type OptionValues,
} from '@celery-watch/service';

export const RELAY_OPTIONS = options(
  'ALERT_RELAY',
  {
    config: option(text(), {
      default: 'monitoring/alert-relay.yml',
      env: 'ALERT_RELAY_CONFIG',
      placeholder: 'FILE',
      help: 'The configuration file, YAML.',
    }),
    port: option(integer({ min: 0, max: 65_535 }), {
      default: undefined,
      env: ['ALERT_RELAY_PORT', 'PORT'],
      placeholder: 'PORT',
      help: "Takes the place of the port in the file's listen.",
    }),
    channel: option(text(), {
      default: undefined,
      placeholder: 'NAME',
      help: prose`
        The channel that preview and send-test try; may be left out where there is only one. With dead: the
        letters of this channel.`,
    }),
    payload: option(text(), {
      default: undefined,
      placeholder: 'FILE',
      help: "What preview shows: a webhook's JSON; without it, a sample.",
    }),
    id: option(numberList({ whole: true, min: 0 }), {
      default: undefined,
      joinedWith: ',',
      help: 'With dead: the letters with these numbers, as dead list shows them.',
    }),
    all: option(boolean(), { default: false, help: 'With dead: all letters.' }),
    to: option(text(), {
      default: undefined,
      placeholder: 'NAME',
      help: 'With dead replay: another channel that gets the letters.',
    }),
  },
  { inFile: false },
);

const COMMAND_NAMES = [
  'run',
  'check-config',
  'preview',
  'send-test',
  'dead',
  'dead list',
  'dead replay',
  'dead discard',
] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

export const HELP: HelpHead = {
  program: 'alert-relay',
  intro: "takes AlertManager's webhooks and brings each alert to people, whatever breaks on the way.",
  usage: {
    'alert-relay [run] --config=FILE [--port=PORT]': 'Runs the relay. SIGHUP or POST /-/reload reads the file again.',
    'alert-relay check-config --config=FILE':
      'Says everything that is wrong with the file, templates included; exit code 0 where nothing is.',
    'alert-relay preview --channel=NAME [--payload=FILE] --config=FILE':
      "Prints exactly what that channel's server would get, and its size against the limit.",
    'alert-relay send-test --channel=NAME --config=FILE':
      'Sends one test message through the channel, and says what the server answered.',
    'alert-relay dead list [--channel=NAME] --config=FILE': prose`
      Lists the dead letters: notifications that were given up. Asks the running relay; opens the store itself
      where none runs. So do the two that follow.`,
    'alert-relay dead replay (--id=N[,N…] | --channel=NAME | --all) [--to=NAME] --config=FILE':
      'Puts dead letters back in the queue.',
    'alert-relay dead discard (--id=N[,N…] | --channel=NAME | --all) --config=FILE': 'Throws dead letters away.',
  },
};

export interface Arguments extends OptionValues<typeof RELAY_OPTIONS> {
  readonly command: CommandName | 'help' | 'version';
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Which variables were ignored because a platform makes them. */
  readonly notice?: string;
}

/** Something that the person at the terminal can mend; shown without a stack, exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Throws a CommandError with all that is wrong. */
export function readArguments(argv: readonly string[], env: Arguments['env']): Arguments {
  // What `--port=${PORT:-}` gives where PORT is not set: nothing.
  const read = readCommand(
    argv.filter((each) => each !== '--port='),
    COMMAND_NAMES,
    RELAY_OPTIONS,
  );
  if (!read.ok) throw new CommandError(`${problemsText(read.problems)}\n\nSee alert-relay --help.`);
  const { command } = read;
  // Whoever asks for help gets it, whatever is set.
  const set = command === 'help' || command === 'version' ? {} : env;
  const given = readOptions(RELAY_OPTIONS, { argv: read.argv, env: set, readFile: () => '' });
  if (!given.ok) throw new CommandError(`${problemsText(given.problems)}\n\nSee alert-relay --help.`);
  if (command !== 'help' && command !== 'version') {
    const stray = FITTING.filter(([key, commands]) => given.sources[key] !== 'default' && !commands.includes(command));
    if (stray.length > 0)
      throw new CommandError(
        stray
          .map(
            ([key, commands]) => `${key}: flag --${key} has no meaning for ${command}, only for ${commands.join(', ')}`,
          )
          .join('\n') + '\n\nSee alert-relay --help.',
      );
  }
  return { ...given.values, command, env, ...(given.notice !== undefined && { notice: given.notice }) };
}

const DEAD = ['dead', 'dead list', 'dead replay', 'dead discard'] as const;
/** Flags that only some commands read: `dead discard --to=…` must not throw away what was to be sent elsewhere. */
const FITTING: readonly (readonly ['channel' | 'payload' | 'id' | 'all' | 'to', readonly CommandName[]])[] = [
  ['channel', ['preview', 'send-test', ...DEAD]],
  ['payload', ['preview']],
  ['id', DEAD],
  ['all', DEAD],
  ['to', ['dead replay']],
];
