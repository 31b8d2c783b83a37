// However often a name is asked for while its server is silent, one lookup is under way.
import { describe, expect, it } from '@jest/globals';
import { nameLookups } from './name-lookup.js';

interface Asked {
  readonly host: string;
  readonly answer: () => void;
  readonly fail: (error: Error) => void;
}

function recorded(): { readonly asked: Asked[]; readonly look: (host: string) => Promise<void> } {
  const asked: Asked[] = [];
  const look = (host: string): Promise<void> =>
    new Promise((answer, fail) => {
      asked.push({ host, answer, fail });
    });
  return { asked, look };
}

const GOING_ON = new AbortController().signal;
const SILENT = 'the name in r:1 cannot be looked up: DNS does not answer';

describe('the lookup of a name', () => {
  it('is one, whoever waits for it and for how long; after its end there is a next one', async () => {
    const { asked, look } = recorded();
    const known = nameLookups(look, 5);
    await expect(known('r', 'r:1', GOING_ON)).rejects.toThrow(SILENT);
    await expect(known('r', 'r:1', GOING_ON)).rejects.toThrow(SILENT);
    expect(asked.map(({ host }) => host)).toEqual(['r']);
    const waiting = known('r', 'r:1', GOING_ON);
    asked[0]?.answer();
    await waiting;
    const next = known('r', 'r:1', GOING_ON);
    expect(asked).toHaveLength(2);
    asked[1]?.fail(new Error('no such name'));
    await expect(next).rejects.toThrow('no such name');
    const last = known('r', 'r:1', GOING_ON);
    asked[2]?.answer();
    await last;
  });

  it('of one host keeps no other waiting, and an address needs none', async () => {
    const { asked, look } = recorded();
    const known = nameLookups(look, 5);
    const silent = expect(known('away', 'away:1', GOING_ON)).rejects.toThrow('away:1');
    const other = known('here', 'here:1', GOING_ON);
    expect(asked.map(({ host }) => host)).toEqual(['away', 'here']);
    asked[1]?.answer();
    await other;
    await silent;
    await known('10.0.0.1', '10.0.0.1:1', GOING_ON);
    await known('fd00::1', '[fd00::1]:1', GOING_ON);
    expect(asked).toHaveLength(2);
  });

  it('is not waited for by whoever is stopped', async () => {
    const { look } = recorded();
    const stop = new AbortController();
    const known = nameLookups(look, 60_000)('r', 'r:1', stop.signal);
    stop.abort();
    await expect(known).rejects.toThrow('stopped');
    await expect(nameLookups(look, 60_000)('r', 'r:1', stop.signal)).rejects.toThrow('stopped');
  });
});
