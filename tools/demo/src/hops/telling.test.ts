// Which message tells of which alert, whatever its channel makes of names.
import { describe, expect, it } from '@jest/globals';
import { tells } from './telling.js';
import { ANNOTATIONS, LABELS } from './testing-records.js';

const ALERT = { labels: LABELS, annotations: ANNOTATIONS };

describe('a message tells of an alert', () => {
  it('by its name, or by its summary in either language', () => {
    expect(tells('CeleryTaskFailing: shop.charge_card', ALERT, 'firing')).toBe(true);
    expect(tells('🟠 任务 shop.charge_card 失败率过高', ALERT, 'firing')).toBe(true);
  });

  it('however the channel escapes it', () => {
    for (const name of ['shop.charge&#95;card', 'shop.charge\\_card', '**shop.charge_card**'])
      expect(tells(`Task ${name} fails too often`, ALERT, 'firing')).toBe(true);
  });

  it('only where it names the same task', () => {
    expect(tells('CeleryTaskFailing: Task shop.send_receipt fails too often', ALERT, 'firing')).toBe(false);
  });

  it('and of its end only where something is resolved', () => {
    const text = 'CeleryTaskFailing shop.charge_card';
    expect([
      tells(text, ALERT, 'resolved'),
      tells(`✅ Resolved · ${text}`, ALERT, 'resolved'),
      tells(`【已恢复 1】${text}`, ALERT, 'resolved'),
    ]).toEqual([false, true, true]);
  });
});
