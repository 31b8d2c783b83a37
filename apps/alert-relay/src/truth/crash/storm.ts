// Groups of alerts that fire and resolve at random, posted as AlertManager posts them, and the ledger of what was
// promised: each change that a 2xx answered for.
import { postOf, type TestAlert } from '../testing.js';
import { between, oneOf, type Random } from './random.js';

/** One change of one alert. */
export interface Transition {
  /** The alert: unique in the storm. */
  readonly alert: string;
  /** Grows with each change of the alert. */
  readonly step: number;
  readonly status: 'firing' | 'resolved';
  /** When it began to fire, or ended: no two changes of an alert have the same. Milliseconds since 1970. */
  readonly at: number;
  readonly labels: Readonly<Record<string, string>>;
}

interface AlertLife {
  readonly labels: Readonly<Record<string, string>>;
  readonly name: string;
  step: number;
  status: 'firing' | 'resolved' | 'quiet';
  startsAt: number;
  endsAt: number;
  /** The last step that a 2xx answered for. */
  promised: number;
}

const TEAMS = ['a', 'b', 'c', 'd'] as const;
const SEVERITIES = ['critical', 'warning', 'info'] as const;

/**
 * The word for a change that its summary holds, so that it can be found in whatever a channel makes of it: letters and
 * digits only.
 */
export function tokenOf(alert: string, step: number): string {
  return `T${alert}x${step}y`;
}

/** Every change that a text tells of, in the order of its words. */
export function tokensIn(text: string): readonly { readonly alert: string; readonly step: number }[] {
  return [...text.matchAll(/T(g\d+a\d+)x(\d+)y/g)].map(([, alert = '', step]) => ({ alert, step: Number(step) }));
}

/**
 * One group of AlertManager: it posts everything that fires and what ended since the last answer, until it gets a 2xx.
 */
export class StormGroup {
  readonly name: string;
  readonly #alerts: AlertLife[];
  readonly #random: Random;

  constructor(index: number, random: Random) {
    this.name = `g${index}`;
    this.#random = random;
    // Now and then a group whose message does not fit into one part.
    this.#alerts = Array.from({ length: index % 20 < 2 ? 100 : between(random, 1, 7) }, (_, number) => {
      const name = `g${index}a${number}`;
      const labels = {
        alertname: oneOf(random, ['HighCeleryQueueLength', 'CeleryTaskFailing', 'CeleryWorkerDown']),
        id: name,
        group: this.name,
        team: TEAMS[index % TEAMS.length] ?? 'a',
        severity: oneOf(random, SEVERITIES),
      };
      return { labels, name, step: 0, status: 'quiet', startsAt: 0, endsAt: 0, promised: 0 };
    });
  }

  /** Changes at least one alert, if any may change. `now`: milliseconds since 1970, greater each time. */
  evolve(now: number): void {
    // An end that nobody has heard of is no end: what fires again then has fired all the time.
    const free = this.#alerts.filter((each) => each.status === 'firing' || each.promised >= each.step);
    const chosen = free.filter(() => this.#random() < 0.4);
    for (const alert of chosen.length > 0 ? chosen : free.slice(0, 1)) {
      alert.step++;
      if (alert.status === 'firing') {
        alert.status = 'resolved';
        alert.endsAt = now;
      } else {
        alert.status = 'firing';
        alert.startsAt = now;
      }
    }
  }

  get isSilent(): boolean {
    return this.#alerts.every(({ status }) => status === 'quiet');
  }

  /** The next post, and what to do when a 2xx answers it: it gives the changes that are promised from then on. */
  post(): { readonly body: Readonly<Record<string, unknown>>; readonly answered: () => readonly Transition[] } {
    const members = this.#alerts.filter(({ status }) => status !== 'quiet');
    const posted = members.map((life) => ({ life, transition: transitionOf(life) }));
    return {
      body: postOf(this.name, members.map(alertOf)),
      answered: () =>
        posted.flatMap(({ life, transition }) => {
          if (life.step === transition.step && transition.status === 'resolved') life.status = 'quiet';
          if (life.promised >= transition.step) return [];
          life.promised = transition.step;
          return [transition];
        }),
    };
  }
}

function transitionOf({ name, step, status, startsAt, endsAt, labels }: AlertLife): Transition {
  return {
    alert: name,
    step,
    status: status === 'firing' ? 'firing' : 'resolved',
    at: status === 'firing' ? startsAt : endsAt,
    labels,
  };
}

function alertOf({ labels, name, step, status, startsAt, endsAt }: AlertLife): TestAlert {
  const annotations = { summary: tokenOf(name, step), description: `Step ${step} of ${name}.` };
  return {
    labels,
    annotations,
    startsAt,
    fingerprint: name,
    ...(status === 'firing' ? { status: 'firing' } : { status: 'resolved', endsAt }),
  };
}
