// The body of a webhook: the part as data, and no larger than it may be.
import { describe, expect, it } from '@jest/globals';
import { NOW, sampleAlert, sampleMessage, samplePart } from './testing.js';
import { WEBHOOK } from './webhook.js';

interface Body {
  readonly id: string;
  readonly part: unknown;
  readonly title: string;
  readonly text: string;
  readonly message: { readonly status: string; readonly counts: unknown };
  readonly groups: readonly { readonly key: string }[];
  readonly alerts: readonly {
    readonly group: string;
    readonly alert: { readonly labels: Record<string, string>; readonly annotations?: unknown };
  }[];
  readonly alertsLeftOut: number;
}

const channel = WEBHOOK.create(WEBHOOK.settings.parse({ url: 'http://x.test/', max_bytes: 20_000 }), {
  name: 'ops',
  now: () => NOW,
});
const read = (content: string): Body => JSON.parse(content) as Body;
const many = sampleMessage({
  alerts: Array.from({ length: 10_000 }, (_, index) =>
    sampleAlert({ fingerprint: String(index), labels: { alertname: 'A', index: String(index) } }),
  ),
});

describe('the body of a webhook', () => {
  it('is no larger than it may be, where one alert alone is too large', () => {
    const huge = 'x'.repeat(30_000);
    const inAnnotations = sampleAlert({ annotations: { description: huge } });
    const inLabels = sampleAlert({ labels: { alertname: 'A', path: huge } });
    const bodies = [inAnnotations, inLabels].map((alert) => {
      const message = sampleMessage({ alerts: [alert] });
      const sections = { head: 'h', blocks: ['what a person reads'], foot: '' };
      return channel.dress(samplePart({ message, from: 0, to: 1, sections }));
    });
    expect(bodies.every(({ size }) => size <= 20_000)).toBe(true);
    expect(bodies.map(({ content }) => read(content))).toMatchObject([
      { alertsLeftOut: 0, alerts: [{ alert: { annotations: {} } }], text: expect.stringContaining('a person reads') },
      { alertsLeftOut: 1, alerts: [], text: expect.stringContaining('a person reads') },
    ]);
  });

  it('holds the message, the alerts of this part and the text', () => {
    const blocks = ['a', 'b'];
    const body = read(
      channel.dress(
        samplePart({ message: many, from: 5, to: 7, index: 2, total: 3, sections: { head: 'h', blocks, foot: '' } }),
      ).content,
    );
    expect(body).toMatchObject({
      id: '0f8fad5b-d9cb-469f-a165-70867728950e-1',
      part: { index: 2, total: 3 },
      text: '[1 firing, critical] HighCeleryQueueLength\n\nh\n\na\n\nb',
      alertsLeftOut: 0,
    });
    expect(body.alerts.map(({ alert }) => alert.labels['index'])).toEqual(['5', '6']);
    expect(body.alerts[0]).toMatchObject({
      group: body.groups[0]?.key,
      urgency: 'warning',
      alert: { annotations: {}, status: 'firing' },
      story: [{ status: 'firing' }],
    });
    expect(body.message).toMatchObject({ status: 'firing', counts: { firing: 10_000 } });
  });

  it('of a part with ten thousand alerts in a few lines holds as many as it can, and says how many not', () => {
    const dressed = channel.dress(
      samplePart({ message: many, from: 0, to: 10_000, sections: { head: 'h', blocks: ['A: 10,000'], foot: '' } }),
    );
    expect(dressed.size).toBeLessThanOrEqual(20_000);
    const body = read(dressed.content);
    expect(body.alerts.length).toBeGreaterThan(50);
    expect(body.alerts.length + body.alertsLeftOut).toBe(10_000);
  });
});
