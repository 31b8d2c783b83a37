// The demo's command line: two flags, and a word for everything else.
import { describe, expect, it } from '@jest/globals';
import { readArguments } from './arguments.js';

describe('the command line', () => {
  it('means a demo on Redis that goes on, unless it says otherwise', () => {
    expect(readArguments([])).toEqual({ once: false, broker: 'redis' });
    expect(readArguments(['--once', '--broker', 'rabbitmq'])).toEqual({ once: true, broker: 'rabbitmq' });
    expect(readArguments(['--broker=redis'])).toEqual({ once: false, broker: 'redis' });
  });

  it.each([
    [['--broker', 'kafka'], /'kafka' is no broker of the demo; want redis or rabbitmq/],
    [['--brokers=redis'], /--brokers/],
    [['--broker'], /--broker/],
    [['rabbitmq'], /rabbitmq/],
  ])('%j is refused, with the usage', (args, why) => {
    expect(() => readArguments(args)).toThrow(why);
    expect(() => readArguments(args)).toThrow('Usage: npm run demo -- [--once] [--broker redis|rabbitmq]');
  });
});
