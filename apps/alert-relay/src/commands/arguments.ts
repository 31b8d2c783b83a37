// The command line: which command, and what was given with it.
import { parseArgs } from 'node:util';
import { didYouMean } from '@celery-watch/service';

export const COMMAND_NAMES = ['run', 'check-config', 'preview', 'send-test', 'dead', 'help', 'version'] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

export interface Arguments {
  readonly command: CommandName;
  /** The words after the command: `list` of `dead list`. */
  readonly words: readonly string[];
  readonly config: string;
  readonly port: number | undefined;
  readonly channel: string | undefined;
  readonly payload: string | undefined;
  readonly to: string | undefined;
  readonly ids: readonly number[];
  readonly all: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Something that the person at the terminal can mend; shown without a stack, exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

const OPTIONS = {
  config: { type: 'string' },
  port: { type: 'string' },
  channel: { type: 'string' },
  payload: { type: 'string' },
  to: { type: 'string' },
  id: { type: 'string', multiple: true },
  all: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

/** Throws a CommandError that says what was wanted. */
export function readArguments(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Arguments {
  const { values, positionals } = parse(argv);
  const [word = 'run', ...words] = positionals;
  const command =
    values.help === true ? 'help' : values.version === true ? 'version' : COMMAND_NAMES.find((name) => name === word);
  if (command === undefined)
    throw new CommandError(
      `${word}: no such command. ${didYouMean(word, COMMAND_NAMES) ?? `The commands are ${COMMAND_NAMES.join(', ')}`}`,
    );
  if (words.length > 0 && command !== 'dead')
    throw new CommandError(`${words.join(' ')}: ${command} takes no further words; see alert-relay --help`);
  const port = [values.port, env['ALERT_RELAY_PORT'], env['PORT']].find((each) => each !== undefined && each !== '');
  return {
    command,
    words,
    env,
    config: values.config ?? env['ALERT_RELAY_CONFIG'] ?? 'monitoring/alert-relay.yml',
    port: port === undefined ? undefined : numberOf('--port', port, 65_535),
    channel: values.channel,
    payload: values.payload,
    to: values.to,
    ids: (values.id ?? [])
      .flatMap((each) => each.split(','))
      .map((each) => numberOf('--id', each, Number.MAX_SAFE_INTEGER)),
    all: values.all === true,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    const message = (error as Error).message.split('. To specify')[0] ?? '';
    const flag = /'(--?[^' =]+)/.exec(message)?.[1];
    const hint =
      flag === undefined
        ? undefined
        : didYouMean(
            flag,
            Object.keys(OPTIONS).map((name) => `--${name}`),
          );
    throw new CommandError(`${message}. ${hint ?? 'See alert-relay --help'}`);
  }
}

function numberOf(flag: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= most && text.trim() !== '') return value;
  throw new CommandError(`${flag} is "${text}", wanted a whole number from 0 to ${most}`);
}
