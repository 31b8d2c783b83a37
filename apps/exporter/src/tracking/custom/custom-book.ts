// The metrics of the user's own: takes each event that Celery does not define to the metrics that wait for it, and
// remembers the types for which none does.
import { type ActiveTask, type CustomEvent, readName, readTaskId, UNKNOWN } from '@celery-watch/celery-protocol';
import { type EventTap, type KnownTask, knownTask } from '../taps.js';
import type { TaskSeriesBook } from '../tasks/task-series.js';
import type { TaskTracker } from '../tasks/task-tracker.js';
import type { CustomMetric, Feed } from './custom-metric.js';
import { CustomSeries, type Reading } from './custom-series.js';
import { fieldOf, fieldsOf, knowsTask, readEvent, withTask } from './event-reading.js';
import { TaskNames } from './task-names.js';

/** Seconds for which an event waits for what its task is called: a pool's process overtakes its worker's own events. */
const HOLD = 3;
/** Seconds of these before its worker is asked. */
const ON_ITS_WAY = 0.5;
const MOST_HELD = 2000;
/** Most types without a metric that are remembered by name. */
const MOST_TYPES = 50;
/** What Celery's workers elect a leader with; nobody counts that. */
const OF_CELERY: ReadonlySet<string> = new Set(['worker-elect', 'worker-elect-ack']);

interface Target {
  readonly series: CustomSeries;
  readonly feed: Feed;
}

/** An event whose task is not known yet; of the event itself nothing is kept, which may be large. */
interface Held extends Target {
  readonly reading: Reading & { readonly task: string };
  /** Who sent it. */
  readonly worker: string;
  readonly until: number;
}

/** What is known of tasks. */
export interface KnownTasks {
  readonly tracker: TaskTracker;
  readonly tasks: TaskSeriesBook;
}

export class CustomBook implements EventTap {
  readonly metrics: readonly CustomSeries[];
  /** Types of events that came and that no metric waits for, with how often. */
  readonly uncounted = new Map<string, number>();
  /** Events of further such types. */
  uncountedOthers = 0;

  readonly #known: KnownTasks;
  readonly #targets = new Map<string, Target[]>();
  readonly #names = new TaskNames();
  #held: Held[] = [];
  #sequence = 0;

  /** @param onDropped told of each event that found no room under the cap of a metric */
  constructor(metrics: readonly CustomMetric[], known: KnownTasks, onDropped: (metric: string) => void) {
    this.#known = known;
    this.metrics = metrics.map(
      (metric) =>
        new CustomSeries(metric, () => {
          onDropped(metric.entry.name);
        }),
    );
    for (const series of this.metrics) {
      for (const feed of series.metric.feeds) {
        const targets = this.#targets.get(feed.event) ?? [];
        this.#targets.set(feed.event, [...targets, { series, feed }]);
      }
    }
  }

  custom(event: CustomEvent, now: number): void {
    const targets = this.#targets.get(event.type);
    if (targets === undefined) return this.#uncounted(event.type);
    const task = readTaskId(fieldOf(event, 'uuid'));
    const known = task === undefined ? undefined : this.#taskOf(task);
    const sequence = ++this.#sequence;
    for (const { series, feed } of targets) {
      series.heardAt = now;
      const read = readEvent(event, feed, series.metric, task);
      if (typeof read === 'string') {
        series.skip(read, event.type, fieldsOf(event));
        continue;
      }
      const reading = { ...read, sequence };
      seeFields(event, feed, series.fieldsSeen);
      const mustWait = !knowsTask(feed, known) && this.#held.length < MOST_HELD;
      if (task !== undefined && mustWait)
        this.#held.push({ series, feed, reading: { ...reading, task }, worker: event.hostname, until: now + HOLD });
      else this.#count(series, feed, reading, known, now);
    }
  }

  tick(now: number): void {
    const held = this.#held;
    if (held.length > 0) {
      this.#held = [];
      for (const each of held) {
        const { series, feed, reading } = each;
        const known = this.#taskOf(reading.task);
        if (now < each.until && !knowsTask(feed, known)) this.#held.push(each);
        else this.#count(series, feed, reading, known, now);
      }
    }
    for (const series of this.metrics) series.tick(this.#known.tracker.table, now);
  }

  /**
   * The workers to ask what they execute, since they told of tasks that no event has named; call it after each tick.
   * @param canTell whether this worker answers while it executes
   */
  workersToAsk(canTell: (worker: string) => boolean, now: number): readonly string[] {
    if (this.#held.length === 0) return [];
    const nameless = this.#held.flatMap(({ reading: { task }, worker, until }) => {
      const isNamed = (knownTask(this.#known, task)?.name ?? UNKNOWN) !== UNKNOWN;
      // Nearly always the name is on its way.
      return isNamed || until - now > HOLD - ON_ITS_WAY ? [] : [{ task, worker }];
    });
    return this.#names.ask(nameless, canTell, now);
  }

  /** A worker said that it executes this. */
  executes({ id, name }: ActiveTask, queue: string | undefined): void {
    this.#names.tell(id, this.#known.tasks.shownName(name), queue);
  }

  /** What its events say of a task, or else its worker. */
  #taskOf(id: string): KnownTask | undefined {
    const known = knownTask(this.#known, id);
    const told = this.#names.get(id);
    if (known === undefined || told === undefined) return known ?? told;
    return {
      name: known.name === UNKNOWN ? told.name : known.name,
      queue: known.queue === UNKNOWN ? told.queue : known.queue,
    };
  }

  #count(series: CustomSeries, feed: Feed, reading: Reading, known: KnownTask | undefined, now: number): void {
    const labels = withTask(reading.labels, feed, known);
    series.add({ ...reading, labels }, this.#known.tracker.table, now);
  }

  #uncounted(type: string): void {
    if (OF_CELERY.has(type)) return;
    const name = readName(type) ?? '';
    if (this.uncounted.has(name) || this.uncounted.size < MOST_TYPES)
      this.uncounted.set(name, (this.uncounted.get(name) ?? 0) + 1);
    else this.uncountedOthers++;
  }
}

function seeFields(event: CustomEvent, { labels }: Feed, seen: Set<string>): void {
  for (const source of labels)
    if (source.kind === 'field' && fieldOf(event, source.field) !== undefined) seen.add(source.field);
}
