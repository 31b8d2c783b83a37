// Deliveries that go, with all that was kept for them alone.
import type { SqliteAttempts } from './attempts.js';
import type { Query, Store } from './store.js';
import type { SqliteSubjects } from './subjects.js';

export interface Gone {
  readonly id: number;
  readonly notification: number;
}

/** Callers hold a transaction. */
export class SqliteForgetting {
  readonly #attempts: SqliteAttempts;
  readonly #subjects: SqliteSubjects;
  readonly #delivery: Query;
  readonly #others: Query<{ found: number }>;
  readonly #content: Query;

  constructor(store: Store, attempts: SqliteAttempts, subjects: SqliteSubjects) {
    this.#attempts = attempts;
    this.#subjects = subjects;
    this.#delivery = store.query('DELETE FROM delivery WHERE id = ?');
    this.#others = store.query('SELECT EXISTS (SELECT 1 FROM delivery WHERE notification = ?) AS found');
    this.#content = store.query('DELETE FROM notification WHERE id = ?');
  }

  /** A content goes with the last of its deliveries. */
  deliveries(gone: readonly Gone[]): void {
    for (const { id } of gone) {
      this.#attempts.forget(id);
      this.#delivery.run(id);
    }
    const contents = [...new Set(gone.map((each) => each.notification))].filter(
      (notification) => this.#others.get(notification)?.found === 0,
    );
    this.#subjects.forget(contents);
    for (const notification of contents) this.#content.run(notification);
  }
}
