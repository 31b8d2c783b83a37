// Which message tells of which alert, whatever its channel makes of names.
import { describe, expect, it } from '@jest/globals';
import { mentionsAlert } from './mentions.js';
import { ANNOTATIONS, LABELS } from './testing-records.js';

const ALERT = { labels: LABELS, annotations: ANNOTATIONS };

describe('a message tells of an alert', () => {
  it('by its name, or by its summary in either language', () => {
    expect(mentionsAlert('CeleryTaskFailing: shop.charge_card', ALERT, 'firing')).toBe(true);
    expect(mentionsAlert('🟠 任务 shop.charge_card 失败率过高', ALERT, 'firing')).toBe(true);
  });

  it('however the channel escapes it', () => {
    for (const name of ['shop.charge&#95;card', 'shop.charge\\_card', '**shop.charge_card**'])
      expect(mentionsAlert(`Task ${name} fails too often`, ALERT, 'firing')).toBe(true);
  });

  it('only where it names the same task', () => {
    expect(mentionsAlert('CeleryTaskFailing: Task shop.send_receipt fails too often', ALERT, 'firing')).toBe(false);
  });

  it('and of its end only where something is resolved', () => {
    const text = 'CeleryTaskFailing shop.charge_card';
    expect([
      mentionsAlert(text, ALERT, 'resolved'),
      mentionsAlert(`✅ Resolved · ${text}`, ALERT, 'resolved'),
      mentionsAlert(`【已恢复 1】${text}`, ALERT, 'resolved'),
    ]).toEqual([false, true, true]);
  });
});
