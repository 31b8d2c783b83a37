// What a person reads when a committed dashboard is not what the code builds.
import { expect, it } from '@jest/globals';
import { differences } from './drift.js';

it('nothing differs between equal values', () => {
  expect(differences({ panels: [{ title: 'CPU', id: 1 }] }, { panels: [{ title: 'CPU', id: 1 }] })).toEqual([]);
});

it('a difference is named by the title of its panel, with both values', () => {
  const committed = { panels: [{ title: 'CPU', targets: [{ expr: 'up' }] }], refresh: '5s' };
  const built = { panels: [{ title: 'CPU', targets: [{ expr: 'down' }] }], uid: 'x' };
  expect(differences(committed, built)).toEqual([
    'panels["CPU"].targets[0].expr: committed "up", built "down"',
    'refresh: committed "5s", built nothing',
    'uid: committed nothing, built "x"',
  ]);
});

it('a panel more is one difference, and a flood of them is cut short', () => {
  expect(differences({ panels: [] }, { panels: [{ title: 'New', id: 1 }] })).toEqual([
    'panels["New"]: committed nothing, built {"title":"New","id":1}',
  ]);
  expect(differences({}, Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`key${i}`, i])))).toHaveLength(21);
});
