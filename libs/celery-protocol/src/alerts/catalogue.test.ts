// The alert catalogue: names once, in one style, and those of the users' document with their severities.
import { describe, expect, it } from '@jest/globals';
import { ALERT_CATALOGUE, SEVERITIES } from './catalogue.js';

describe('the alert catalogue', () => {
  it('names every alert once, in one style, with a known severity', () => {
    expect(new Set(ALERT_CATALOGUE.map(({ name }) => name)).size).toBe(ALERT_CATALOGUE.length);
    for (const { name, severity } of ALERT_CATALOGUE) {
      expect(name).toMatch(/^([A-Z][a-z]+)+$/);
      expect(SEVERITIES).toContain(severity);
    }
  });

  it("begins with the alerts of the users' document", () => {
    expect(ALERT_CATALOGUE.slice(0, 5).map(({ name, severity }) => [name, severity])).toEqual([
      ['HighCeleryTaskFailureRate', 'warning'],
      ['HighCeleryQueueLength', 'warning'],
      ['HighCeleryTaskExecutionTime', 'warning'],
      ['CeleryWorkerDown', 'critical'],
      ['CeleryRedisConnectionFailed', 'critical'],
    ]);
  });
});
