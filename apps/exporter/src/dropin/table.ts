// The drop-ins that there are, and what the command line and the environment must hold for one to be on.
import { danihodovic } from './danihodovic/danihodovic.js';
import { type DropIn, DROP_IN_NAMES, type DropInName } from './drop-in.js';
import { flower } from './flower/flower.js';
import { ovalmoney } from './ovalmoney/ovalmoney.js';

export const DROP_INS = { danihodovic, flower, ovalmoney } satisfies Record<DropInName, DropIn>;

export { type ActiveDropIn, type DropIn, DROP_IN_NAMES, type DropInName } from './drop-in.js';

/** What decides about the mode. */
export interface ModeFacts {
  /** The value of the option `drop_in`. */
  readonly given: DropInName | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether anything of ours says where the broker is or how to run: a flag, a variable, a file. */
  readonly isOursConfigured: boolean;
}

/** The mode that was asked for, or the one whose variables are set where nothing else is. */
export function modeOf({ given, env, isOursConfigured }: ModeFacts): DropInName | undefined {
  if (given !== undefined || isOursConfigured) return given;
  return DROP_IN_NAMES.find((name) => DROP_INS[name].isMeant(env));
}

/** Says of a flag or key that is not known in this mode which mode knows it. */
export function knownElsewhere(mode: DropInName | undefined): (name: string) => string | undefined {
  return (name) => {
    const key = name.replace(/^--?/, '').replaceAll('-', '_');
    const knowing = DROP_IN_NAMES.filter((each) => each !== mode && knows(DROP_INS[each], name, key));
    if (knowing.length === 0) return undefined;
    return `that is an option of --drop-in ${knowing.join(' and --drop-in ')}`;
  };
}

function knows({ options, amendments }: DropIn, name: string, key: string): boolean {
  if (Object.hasOwn(options, key)) return true;
  const aliases = [
    ...Object.values(amendments).flatMap(({ aliases: more = [] }) => more),
    ...Object.values(options).flatMap(({ about }) => about.aliases ?? []),
  ];
  return aliases.some(({ flag }) => flag === name);
}

/** What to say where a broker's variable of another exporter is set, and the mode that reads it is not on. */
export function overlooked(mode: DropInName | undefined, env: ModeFacts['env']): string | undefined {
  const meant = DROP_IN_NAMES.find((name) => DROP_INS[name].isMeant(env));
  if (meant === undefined || meant === mode) return undefined;
  const why = mode === undefined ? 'since something of ours is set' : `since drop_in is ${mode}`;
  return (
    `the variables of ${DROP_INS[meant].title}, such as CE_BROKER_URL, are not read, ${why}: add ` +
    `--drop-in=${meant}, or remove CE_BROKER_URL`
  );
}
