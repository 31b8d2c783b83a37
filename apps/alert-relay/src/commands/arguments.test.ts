// The relay's command line: what it takes, and that all that is wrong with it is said at once.
import { describe, expect, it } from '@jest/globals';
import { helpText } from '@celery-watch/service';
import { CommandError, HELP, readArguments, RELAY_OPTIONS, type Arguments } from './arguments.js';

const read = (line: string, env: Arguments['env'] = {}): Arguments => readArguments(line.split(' '), env);

function refusal(line: string, env?: Arguments['env']): string {
  try {
    read(line, env);
  } catch (error) {
    if (error instanceof CommandError) return error.message.split('\n\n')[0] ?? '';
    throw error;
  }
  return 'accepted';
}

describe('the command line', () => {
  it('names a command of one word or two, wherever it stands; without one, the relay runs', () => {
    expect(read('--port=1').command).toBe('run');
    expect(read('--config x.yml check-config')).toMatchObject({ command: 'check-config', config: 'x.yml' });
    expect(read('dead --all list')).toMatchObject({ command: 'dead list', all: true });
    expect(read('dead')).toMatchObject({ command: 'dead', all: false });
  });

  it('takes several numbers of dead letters, in one flag or in many', () => {
    expect(read('dead discard --id 1,2 --id=3').id).toEqual([1, 2, 3]);
    expect(read('dead list').id).toBeUndefined();
  });

  it('takes which deliveries a history is to show', () => {
    expect(
      read('history --since 1h30m --until=2026-01-31T06:00Z --label queue=a=b --label x= --state dead,waiting'),
    ).toMatchObject({
      since: { agoMs: 5_400_000 },
      until: { at: Date.UTC(2026, 0, 31, 6) },
      label: { queue: 'a=b', x: '' },
      state: ['dead', 'waiting'],
      limit: 50,
    });
    expect(read('show 12 --json')).toMatchObject({ command: 'show', number: 12, json: true });
    expect(read('quarantine show 7')).toMatchObject({ command: 'quarantine show', number: 7 });
  });

  it('takes file and port from variables, where no flag gives them', () => {
    const env = { ALERT_RELAY_CONFIG: 'env.yml', PORT: '2', ALERT_RELAY_LOCALE: 'en', ALERT_RELAY_CHANNEL: 'x' };
    expect(read('run', env)).toMatchObject({ config: 'env.yml', port: 2, channel: undefined });
    expect(read('run', { ...env, ALERT_RELAY_PORT: '3' }).port).toBe(3);
    expect(read('run --port 4 --config flag.yml', env)).toMatchObject({ config: 'flag.yml', port: 4 });
    expect(read('run', { ALERT_RELAY_CONFIG: '' }).config).toBe('monitoring/alert-relay.yml');
  });

  it('says all that is wrong at once, with a hint', () => {
    expect(refusal('preview --chanel log --port 70000 --id x more', { PORT: 'abc' }).split('\n')).toEqual([
      'chanel: unknown flag --chanel, wanted a flag that --help lists; did you mean --channel?',
      expect.stringMatching(/^arguments: argument \d, wanted a flag; a value belongs behind its flag/),
      'port: flag --port is "70000", wanted an integer from 0 to 65535',
      'id: flag --id is "x", wanted whole numbers of at least 0, with commas between them',
    ]);
    expect(refusal('run', { PORT: 'abc' })).toContain('environment variable PORT is "abc"');
  });

  it.each([
    ['dead discard --all --to mail', /^to: flag --to has no meaning for dead discard, only for dead replay/],
    ['dead list --to mail', /^to: /],
    ['preview --id 3', /^id: flag --id has no meaning for preview/],
    ['check-config --payload x.json', /^payload: .*only for preview/],
    ['run --channel log', /^channel: .*only for preview, send-test, dead/],
    ['dead list --label a=b', /^label: flag --label has no meaning for dead list, only for history/],
    ['quarantine list --all', /^all: /],
    ['quarantine show', /^quarantine show: wanted the number .* alert-relay quarantine show 12/],
    ['show 1x', /^show: wanted the number/],
    ['show 1 2', /^arguments: argument 1, wanted a flag/],
    ['history --since yesterday', /^since: .*wanted a time such as 2h \(ago\) or 2026-/],
    ['history --state=lost', /^state: .*wanted waiting, delivered, dead/],
    ['history --label queue', /^label: .*wanted name=value/],
    ['--all', /^all: flag --all has no meaning for run/],
  ])('refuses a flag that the command does not read: %s', (line, expected) => {
    expect(refusal(line)).toMatch(expected);
  });

  it('refuses --, whatever stands behind it: nothing is discarded by mistake', () => {
    expect(refusal('dead discard -- --all')).toContain('unknown flag --');
    expect(refusal('dead discard --all --')).toContain('unknown flag --');
  });

  it('takes an empty --port= for none, as a shell makes it of a variable that is not set', () => {
    expect(read('run --port=').port).toBeUndefined();
    expect(read('run --port=', { PORT: '5' }).port).toBe(5);
  });

  it('refuses a command that it does not know, with a hint', () => {
    expect(refusal('chek-config')).toMatch(/^command: argument 1 is "chek-config".*did you mean check-config\?$/);
    expect(refusal('dead lst')).toMatch(/argument 2 is "lst".*dead list, dead replay, dead discard; did you mean/);
  });

  it('helps whatever is set', () => {
    expect(read('run --help', { PORT: 'abc' }).command).toBe('help');
    const shown = helpText(RELAY_OPTIONS, HELP);
    for (const { flag, env } of RELAY_OPTIONS.entries) {
      expect(shown).toContain(`  ${flag}`);
      for (const name of env) expect(shown).toContain(name);
    }
  });
});
