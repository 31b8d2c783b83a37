// The dashboards that the relay links to from alerts are there, with the variables that it sets.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type DashboardView, SUBJECT_VIEWS, TASK_VIEW } from '@celery-watch/celery-protocol';
import { REPOSITORY } from '@celery-watch/testbed';

interface Shipped {
  readonly uid: string;
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

const FOLDER = path.join(REPOSITORY, 'monitoring/grafana/dashboards');
const shipped = readdirSync(FOLDER).map((file) => JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as Shipped);
const views = Object.entries({ ...SUBJECT_VIEWS, 'one task': TASK_VIEW }).filter(
  (entry): entry is [string, DashboardView] => entry[1] !== undefined,
);

describe('the dashboard of alerts about', () => {
  it.each(views)('%s has what a link sets', (_, { uid, variables }) => {
    const dashboard = shipped.find((each) => each.uid === uid);
    const known = dashboard?.templating.list.map(({ name }) => name) ?? [];
    expect(known).toEqual(expect.arrayContaining([...new Set(Object.values(variables))]));
  });
});
