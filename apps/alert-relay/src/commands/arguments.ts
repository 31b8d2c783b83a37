// The command line: the commands, what may be given with them, and what --help says of both.
import {
  boolean,
  custom,
  integer,
  numberList,
  option,
  options,
  pairs,
  parseDuration,
  parseTime,
  problemsText,
  prose,
  readCommand,
  readOptions,
  text,
  type HelpHead,
  type OptionValues,
} from '@celery-watch/service';
import { DELIVERY_STATES, isDeliveryState, wholeOf, type DeliveryState } from '../outbox/index.js';

/** A point in time, as it is given on the command line. Milliseconds. */
export type Moment = { readonly agoMs: number } | { readonly at: number };

function moment() {
  const wanted = 'a time such as 2h (ago) or 2026-01-31T06:00Z';
  return custom(
    (raw): Moment => {
      const given = String(raw);
      const seconds = /[a-z]$/.test(given) ? parseDuration(given) : undefined;
      const at = parseTime(given);
      if (seconds !== undefined) return { agoMs: seconds * 1_000 };
      if (Number.isNaN(at)) throw new Error(wanted);
      return { at };
    },
    { wanted, placeholder: 'TIME' },
  );
}

function states() {
  const wanted = `${DELIVERY_STATES.join(', ')}, or several with commas`;
  return custom(
    (raw): readonly DeliveryState[] => {
      const words = String(raw)
        .split(',')
        .map((word) => word.trim());
      if (!words.every(isDeliveryState)) throw new Error(wanted);
      return words;
    },
    { wanted, placeholder: DELIVERY_STATES.join('|') },
  );
}

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
    web_config_file: option(text(), {
      default: undefined,
      env: 'ALERT_RELAY_WEB_CONFIG_FILE',
      placeholder: 'FILE',
      aliases: [{ flag: '--web.config.file' }],
      help: prose`
        Prometheus's web configuration file: TLS, client certificates, users with passwords. Takes the place of
        web_config_file in the configuration file.`,
    }),
    channel: option(text(), {
      default: undefined,
      placeholder: 'NAME',
      help: prose`
        The channel that preview and send-test try; may be left out where there is only one. With dead and history: the
        letters and deliveries of this channel.`,
    }),
    payload: option(text(), {
      default: undefined,
      placeholder: 'FILE',
      help: "What preview shows: a webhook's JSON; without it, a sample.",
    }),
    id: option(numberList({ whole: true, min: 0 }), {
      default: undefined,
      joinedWith: ',',
      help: 'With dead, history and quarantine: those with these numbers, as the lists show them.',
    }),
    all: option(boolean(), { default: false, help: 'With dead and quarantine: all of them.' }),
    to: option(text(), {
      default: undefined,
      placeholder: 'NAME|URL',
      help: prose`
        With dead replay: another channel that gets the letters. With migrate-store: the PostgreSQL database; better
        left out, since everybody on the machine sees what stands on a command line: then it is the storage of the
        configuration.`,
    }),
    from: option(text(), {
      default: undefined,
      placeholder: 'FILE',
      help: 'With migrate-store: the SQLite store that is moved.',
    }),
    since: option(moment(), {
      default: undefined,
      help: 'With history: accepted then or later; 2h, 7d (ago), or a date in UTC.',
    }),
    until: option(moment(), { default: undefined, help: 'With history: accepted before that.' }),
    alert: option(text(), { default: undefined, placeholder: 'NAME', help: 'With history: that tell of this alert.' }),
    label: option(pairs('name=value, as in --label=queue=celery'), {
      default: {},
      help: 'With history: with an alert that has this label. May be given several times.',
    }),
    state: option(states(), { default: undefined, help: 'With history: in one of these states.' }),
    limit: option(integer({ min: 1, max: 1_000 }), {
      default: 50,
      help: 'With history: so many, the newest.',
    }),
    json: option(boolean(), {
      default: false,
      help: 'With history, show and quarantine: as JSON, one entry in a line.',
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
  'history',
  'show',
  'quarantine',
  'quarantine list',
  'quarantine show',
  'quarantine feed',
  'quarantine discard',
  'migrate-store',
] as const;
/** What they are shown by. */
const TAKES_NUMBER = { show: 1, 'quarantine show': 1 } as const;
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
    'alert-relay history [--since=TIME] [--alert=NAME] … [--limit=N] [--json] --config=FILE': prose`
      Lists what was told to whom, the newest first; --since, --until, --channel, --alert, --label and --state choose.
      Asks the running relay; opens the store itself where none runs. So do the others below.`,
    'alert-relay show N [--json] --config=FILE':
      'Shows one delivery: its alerts, and each attempt with what was sent and what the server said.',
    'alert-relay quarantine [list] [--json] --config=FILE': 'Lists the posts that could not be read.',
    'alert-relay quarantine show N --config=FILE': 'Prints such a post, byte by byte.',
    'alert-relay quarantine feed (--id=N[,N…] | --all) --config=FILE':
      'Takes such posts again, as if they had just come. Those that still cannot be read stay.',
    'alert-relay quarantine discard (--id=N[,N…] | --all) --config=FILE': 'Throws such posts away.',
    'alert-relay migrate-store --from=FILE [--to=URL] --config=FILE': prose`
      Copies a SQLite store, of which no relay runs, into the PostgreSQL database of the configuration: what waits, dead
      letters, history, quarantine, what is a duplicate, and the rate budgets of channels.`,
  },
};

export interface Arguments extends OptionValues<typeof RELAY_OPTIONS> {
  readonly command: CommandName | 'help' | 'version';
  /** Of `show` and `quarantine show`: which. */
  readonly number: number;
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
    TAKES_NUMBER,
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
  const number = read.operands[0] ?? '';
  if (command in TAKES_NUMBER && wholeOf(number) === undefined)
    throw new CommandError(
      `${command}: wanted the number that a list shows, as in alert-relay ${command} 12\n\nSee alert-relay --help.`,
    );
  return {
    ...given.values,
    number: Number(number),
    command,
    env,
    ...(given.notice !== undefined && { notice: given.notice }),
  };
}

const DEAD = ['dead', 'dead list', 'dead replay', 'dead discard'] as const;
const QUARANTINE_DONE = ['quarantine feed', 'quarantine discard'] as const;
const LISTS = ['history', 'show', 'quarantine', 'quarantine list'] as const;
type Fitting = Exclude<keyof OptionValues<typeof RELAY_OPTIONS>, 'config' | 'port' | 'web_config_file'>;
/** Flags that only some commands read: `dead discard --to=…` must not throw away what was to be sent elsewhere. */
const FITTING: readonly (readonly [Fitting, readonly CommandName[]])[] = [
  ['channel', ['preview', 'send-test', ...DEAD, 'history']],
  ['payload', ['preview']],
  ['id', [...DEAD, 'history', ...QUARANTINE_DONE]],
  ['all', [...DEAD, ...QUARANTINE_DONE]],
  ['to', ['dead replay', 'migrate-store']],
  ['from', ['migrate-store']],
  ...(['since', 'until', 'alert', 'label', 'state', 'limit'] as const).map((key) => [key, ['history']] as const),
  ['json', LISTS],
];
