// That the command line repeats nothing that may be a secret, in the place of whatever it stands.
import { expect, test } from '@jest/globals';
import { readArguments, RELAY_OPTIONS } from './arguments.js';

const SECRETS = [
  'redis//:s3cr3t@h',
  'postgres://u:s3cr3t@h/db',
  'https://hooks.slack.com/services/T0/B0/s3cr3t',
  'https//hooks.slack.com/services/T0/B0/s3cr3t',
  'hooks.slack.com/services/T0/B0/s3cr3t',
  'ops:s3cr3t@host',
  'xoxb-1234567890-s3cr3tABCDEF',
  'token=s3cr3t',
];

test.each(SECRETS)('%s is repeated from no argument and no variable', (secret) => {
  const flags = [...RELAY_OPTIONS.entries.map(({ flag }) => flag), '--unknown', '-x'];
  const lines = [
    ...flags.flatMap((flag) => [[`${flag}=${secret}`], [flag, secret], [secret, flag], ['dead', `${flag}=${secret}`]]),
    ...flags.flatMap((flag) => [
      ['history', `${flag}=${secret}`],
      ['show', '1', flag, secret],
    ]),
    ...['dead', 'show', 'quarantine', 'quarantine show', 'run'].map((command) => [...command.split(' '), secret]),
    [secret],
    [`--${secret}`],
    [`-${secret}`],
  ];
  let refused = 0;
  const look = (argv: readonly string[], env: Readonly<Record<string, string>> = {}): void => {
    try {
      readArguments(argv, env);
    } catch (error) {
      refused++;
      const { message } = error as Error;
      if (message.includes('s3cr3t')) throw new Error(`${argv.join(' ')}: ${message}`, { cause: error });
    }
  };
  for (const argv of lines) look(argv);
  for (const name of ['PORT', 'ALERT_RELAY_PORT']) look([], { [name]: secret });
  expect(refused).toBeGreaterThan(50);
});
