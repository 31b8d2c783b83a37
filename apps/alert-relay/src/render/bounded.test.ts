// Alerts and groups with more labels than anybody reads: shown in part, with the number of the others, and in little
// time.
import { describe, expect, test } from '@jest/globals';
import { alertOf, groupOf, MARKUPS, messageOf, render, textOf } from './testing.js';

const labelsOf = (count: number, value = 'value'): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`label_${i}`, `${value} ${i}`]));

/** A quiet machine takes some 30 ms for most of these; looking at each label again and again took up to a minute. */
const BOUND_MS = 1_500;

/** Milliseconds of the processor's time, whatever else keeps the machine busy. */
function cpuTime(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
}

describe.each(MARKUPS)('in %s', (markup) => {
  test('an alert with 100,000 labels shows the first that matter and says how many more there are', () => {
    const alert = alertOf({ queue: 'mail', ...labelsOf(100_000) }, { summary: 'Too long' });
    const took = cpuTime();
    const { parts } = render({ markup }, { message: messageOf([alert]), fits: (part) => textOf(part).length < 8_000 });
    const text = parts.map(textOf).join('\n');
    expect(text).toContain('mail');
    expect(text).toContain('and 99,993 more');
    // A silence for a part of its labels would silence others.
    expect(text).not.toContain('silences/new');
    expect(took()).toBeLessThan(BOUND_MS);
  });

  test('a group with 100,000 labels shows the first and says how many more there are', () => {
    const group = groupOf(labelsOf(100_000));
    const message = messageOf([alertOf({ queue: 'a' }), alertOf({ queue: 'b' })], { group });
    const took = cpuTime();
    const text = render({ markup }, { message, fits: (part) => textOf(part).length < 8_000 })
      .parts.map(textOf)
      .join();
    expect(text).toContain('and 99,980 more');
    expect(text).not.toMatch(/filter=%7B(?!alertname)/);
    expect(took()).toBeLessThan(BOUND_MS);
  });

  test('10,000 annotations hide neither the summary nor the runbook', () => {
    const annotations = { ...labelsOf(10_000, 'text'), summary: 'Too long', runbook_url: 'https://runbooks.test/x' };
    const [part] = render({ markup }, { message: messageOf([alertOf({}, annotations)]) }).parts;
    expect(textOf(part ?? { body: { head: '', blocks: [], foot: '' } })).toMatch(/Too long[^]*runbooks\.test/);
  });
});

test('a thousand alerts with 300 labels each are rendered in little time', () => {
  const alerts = Array.from({ length: 1_000 }, (_, i) => alertOf({ instance: `i${i}`, ...labelsOf(300) }));
  const message = messageOf(alerts);
  const took = cpuTime();
  render({ markup: 'slack' }, { message, fits: (part) => textOf(part).length < 20_000 });
  expect(took()).toBeLessThan(BOUND_MS);
});

test('what people have is left as it is', () => {
  const alert = alertOf({ queue: 'mail', ...labelsOf(40) }, { summary: 's', description: 'd'.repeat(60_000) });
  const message = messageOf([alert]);
  const part = render({}, { message }).parts[0];
  expect(part?.message).toEqual(message);
});

test('a few labels that are books are cut, and the alert keeps its name', () => {
  const alert = alertOf(labelsOf(30, 'x'.repeat(60_000)), { summary: 's' });
  const part = render({}, { message: messageOf([alert]) }).parts[0];
  expect(part?.message.alerts[0]?.alert.labels['alertname']).toBe('HighCeleryQueueLength');
  expect(part?.message.alerts[0]?.leftOut).toEqual({ labels: 21, annotations: 0 });
  expect(JSON.stringify(part?.message).length).toBeLessThan(250_000);
});
