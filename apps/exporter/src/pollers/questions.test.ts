// What is kept of the workers' answers, and for how long: an exporter that runs for weeks asks thousands of times.
import { describe, expect, it } from '@jest/globals';
import { OpenQuestions, Question } from './questions.js';

const queue = (name: string) => ({ name, exchange: { name } });
const STATS = { pid: 1, pool: { 'max-concurrency': 2, processes: [1, 2] } };

/** Rounds of questions that each of some workers answers as often as is given. */
function rounds(count: number, workers: number, answersEach = 1): OpenQuestions {
  const open = new OpenQuestions(3600);
  for (let round = 0; round < count; round++) {
    for (const method of ['active_queues', 'stats', 'active', 'enable_events'] as const) {
      const question = new Question(method, round * 30);
      open.ask(`${method} ${String(round)}`, question);
      const result = { active_queues: [queue('q')], stats: STATS, active: [{ id: 'a' }], enable_events: {} }[method];
      for (let worker = 0; worker < workers; worker++) {
        for (let i = 1; i <= answersEach; i++) {
          const { count: came } = question.add(`w${String(worker)}`, result);
          if (came >= answersEach) question.isWhole(`w${String(worker)}`);
        }
      }
    }
  }
  return open;
}

describe('of answers that are whole', () => {
  it.each([1, 2])('only the last are held, with %i workers of each name', (answersEach) => {
    expect(rounds(500, 20, answersEach).held).toBeLessThanOrEqual(3 * 20);
  });

  it('nothing is held that comes late: a solo worker answers all that it was asked at once', () => {
    const open = rounds(3, 0);
    const first = open.get('stats 0') as Question;
    expect(first.add('solo', STATS).pool?.processes).toBe(2);
    first.isWhole('solo');
    expect(open.held).toBe(0);
  });

  it('a second of the same name, of which nobody knew, finds the first', () => {
    const question = new Question('active_queues', 0);
    question.add('w', [queue('a')]);
    question.isWhole('w');
    expect(question.add('w', [queue('b'), queue('a')]).queues.map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

it('a part is held until the rest comes, however late', () => {
  const open = new OpenQuestions(3600);
  const question = new Question('stats', 0);
  open.ask('first', question);
  question.add('w', STATS);
  open.ask('later', new Question('stats', 3000));
  const all = open.get('first')?.add('w', STATS);
  expect([all?.count, all?.pool?.processes]).toEqual([2, 4]);
});

it('a question is forgotten when the longest silence is over, and where far too many are open', () => {
  expect(rounds(500, 0).size).toBeLessThanOrEqual((4 * 3600) / 30 + 8);
  const open = new OpenQuestions(3600);
  for (let i = 0; i < 5000; i++) open.ask(String(i), new Question('ping', i / 100));
  expect([open.size, open.get('0'), open.get('4999')?.method]).toEqual([1000, undefined, 'ping']);
});

describe('an answer that is not understood', () => {
  it('is none: what the other of that name runs is not known', () => {
    const question = new Question('active', 0);
    expect(question.add('w', [{ id: 'a' }]).count).toBe(1);
    expect(question.add('w', { error: 'no' }).count).toBe(1);
  });

  it.each(['active_queues', 'stats', 'active'] as const)('to %s changes nothing', (method) => {
    expect(new Question(method, 0).add('w', 'odd')).toMatchObject({ count: 0, pool: undefined });
  });
});
