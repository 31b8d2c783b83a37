// What the demo is told on its command line; everything that is not known is refused in words.
import { parseArgs } from 'node:util';
import { BROKER_KINDS, type BrokerKind } from './parts/broker.js';

export interface DemoArguments {
  readonly once: boolean;
  readonly broker: BrokerKind;
}

const USAGE = `Usage: npm run demo -- [--once] [--broker ${BROKER_KINDS.join('|')}]`;

/** Throws with the mistake and the usage, for people. */
export function readArguments(args: readonly string[]): DemoArguments {
  let values: { readonly once: boolean; readonly broker: string };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: { once: { type: 'boolean', default: false }, broker: { type: 'string', default: 'redis' } },
    }));
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${USAGE}`, { cause: error });
  }
  const broker = BROKER_KINDS.find((kind) => kind === values.broker);
  if (broker === undefined)
    throw new Error(
      `--broker: '${values.broker}' is no broker of the demo; want ${BROKER_KINDS.join(' or ')}\n${USAGE}`,
    );
  return { once: values.once, broker };
}
