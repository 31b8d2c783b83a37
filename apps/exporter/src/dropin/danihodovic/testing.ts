// What the tests of this drop-in share: its families over a model that the test feeds, and the page that they make.
import { DANIHODOVIC_BUCKETS } from '@celery-watch/celery-protocol';
import { ConnectionState } from '../../tracking/health.js';
import { Stage, type StageSettings } from '../../tracking/testing.js';
import { type Page, pageOf } from '../testing-pages.js';
import { danihodovicFamilies } from './families.js';
import type { Dialect } from './effects.js';

const { runtime, queueWait } = DANIHODOVIC_BUCKETS;

export const DIALECT: Dialect = {
  prefix: 'celery_',
  defaultQueue: 'celery',
  runtimeBuckets: runtime,
  queueWaitBuckets: queueWait,
  hosts: { sent: false, others: false },
  maxSeries: 1000,
};
export const BY_HOST: Partial<Dialect> = { hosts: { sent: true, others: true } };

export interface DropInStage {
  readonly stage: Stage;
  /** Their metrics now, with nothing held back any more. */
  readonly page: () => Page;
}

export function stageOf(dialect: Partial<Dialect> = {}, settings: StageSettings = {}): DropInStage {
  const stage = new Stage({
    ...settings,
    series: { runtimeBuckets: runtime, moreWaitBuckets: queueWait, ...settings.series },
  });
  const connection = new ConnectionState(stage.now - 100);
  connection.connected(false, stage.now - 100);
  const families = danihodovicFamilies(
    { model: stage.model, connection, asksWorkers: true, clock: () => stage.now },
    { ...DIALECT, ...dialect },
  );
  const page = (): Page => {
    stage.model.tracker.settleProvisional();
    return pageOf(families);
  };
  return { stage, page };
}
