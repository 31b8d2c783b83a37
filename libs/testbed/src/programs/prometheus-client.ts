// Questions to a running Prometheus, by its HTTP API. Source: Prometheus's document of the HTTP API, v1.

export type MetricLabels = Readonly<Record<string, string>>;

export interface Series {
  readonly labels: MetricLabels;
  /** Unix seconds and value. */
  readonly samples: readonly (readonly [number, number])[];
}

export interface PrometheusRule {
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  readonly health: string;
  /** Of an alert. */
  readonly state?: 'inactive' | 'pending' | 'firing';
  /** Seconds that its last evaluation took. */
  readonly evaluationTime: number;
}

export interface RuleGroup {
  readonly name: string;
  readonly evaluationTime: number;
  readonly rules: readonly PrometheusRule[];
}

/** An alert that is pending or fires. */
export interface PrometheusAlert {
  readonly labels: MetricLabels;
  readonly annotations: MetricLabels;
  readonly state: 'pending' | 'firing';
  readonly activeAt: string;
}

export interface ScrapeTarget {
  readonly labels: MetricLabels;
  readonly health: string;
}

interface QueryResult {
  readonly metric: MetricLabels;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
  /** Of native histograms, whose count stands for them here. */
  readonly histogram?: readonly [number, { readonly count: string }];
  readonly histograms?: readonly (readonly [number, { readonly count: string }])[];
}

export class PrometheusClient {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  instant(expr: string): Promise<readonly Series[]> {
    return this.#query('query', { query: expr });
  }

  /** The last so many seconds. */
  range(expr: string, seconds: number, step: number): Promise<readonly Series[]> {
    const end = Math.floor(Date.now() / 1000 / step) * step;
    return this.#query('query_range', {
      query: expr,
      start: String(end - seconds),
      end: String(end),
      step: String(step),
    });
  }

  /** The value of an expression that gives one sample; undefined where it gives none. */
  async value(expr: string): Promise<number | undefined> {
    return (await this.instant(expr))[0]?.samples[0]?.[1];
  }

  /** The values of a label on the series that a selector finds. */
  labelValues(selector: string, label: string): Promise<readonly string[]> {
    return this.#ask(`label/${label}/values`, { 'match[]': selector });
  }

  async groups(): Promise<readonly RuleGroup[]> {
    return (await this.#ask<{ readonly groups: readonly RuleGroup[] }>('rules')).groups;
  }

  async stateOf(alert: string): Promise<string | undefined> {
    return (await this.groups()).flatMap((group) => group.rules).find((rule) => rule.name === alert)?.state;
  }

  async alerts(signal?: AbortSignal): Promise<readonly PrometheusAlert[]> {
    return (await this.#ask<{ readonly alerts: readonly PrometheusAlert[] }>('alerts', {}, signal)).alerts;
  }

  async targets(): Promise<readonly ScrapeTarget[]> {
    return (await this.#ask<{ readonly activeTargets: readonly ScrapeTarget[] }>('targets')).activeTargets;
  }

  /** How many AlertManagers it sends to. */
  async alertmanagers(): Promise<number> {
    return (await this.#ask<{ readonly activeAlertmanagers: readonly unknown[] }>('alertmanagers')).activeAlertmanagers
      .length;
  }

  async #query(path: string, parameters: Readonly<Record<string, string>>): Promise<readonly Series[]> {
    const { result } = await this.#ask<{ readonly result: readonly QueryResult[] }>(path, parameters);
    return result.map(({ metric, value, values, histogram, histograms }) => ({
      labels: metric,
      samples: [
        ...(values ?? (value ? [value] : [])).map(([time, text]) => [time, Number(text)] as const),
        ...(histograms ?? (histogram ? [histogram] : [])).map(([time, { count }]) => [time, Number(count)] as const),
      ],
    }));
  }

  async #ask<T>(path: string, parameters: Readonly<Record<string, string>> = {}, signal?: AbortSignal): Promise<T> {
    const query = new URLSearchParams(parameters).toString();
    const deadline = AbortSignal.timeout(20_000);
    const response = await fetch(`${this.url}/api/v1/${path}${query === '' ? '' : `?${query}`}`, {
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
    const answer = (await response.json()) as { readonly status: string; readonly error?: string; readonly data: T };
    if (answer.status !== 'success')
      throw new Error(`Prometheus refused ${path} ${query}: ${answer.error ?? response.statusText}`);
    return answer.data;
  }
}
