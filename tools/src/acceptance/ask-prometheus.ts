// Questions to a running Prometheus, by its HTTP API.

interface Rule {
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  readonly health: string;
  readonly state?: 'inactive' | 'pending' | 'firing';
}

export interface RuleGroup {
  readonly name: string;
  /** Seconds that its last evaluation took. */
  readonly evaluationTime: number;
  readonly rules: readonly Rule[];
}

export class AskPrometheus {
  readonly #url: string;

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}/api/v1`;
  }

  /** The one value of an expression; undefined where it has none. */
  async value(expr: string): Promise<number | undefined> {
    const { result } = await this.#ask<{ readonly result: readonly { readonly value: readonly [number, string] }[] }>(
      `query?${new URLSearchParams({ query: expr }).toString()}`,
    );
    return result[0] && Number(result[0].value[1]);
  }

  async groups(): Promise<readonly RuleGroup[]> {
    return (await this.#ask<{ readonly groups: readonly RuleGroup[] }>('rules')).groups;
  }

  async stateOf(alert: string): Promise<string | undefined> {
    return (await this.groups()).flatMap((group) => group.rules).find((rule) => rule.name === alert)?.state;
  }

  async targets(): Promise<readonly { readonly labels: Readonly<Record<string, string>>; readonly health: string }[]> {
    return (
      await this.#ask<{
        readonly activeTargets: readonly { readonly labels: Record<string, string>; readonly health: string }[];
      }>('targets')
    ).activeTargets;
  }

  async alertmanagers(): Promise<number> {
    return (await this.#ask<{ readonly activeAlertmanagers: readonly unknown[] }>('alertmanagers')).activeAlertmanagers
      .length;
  }

  async #ask<T>(path: string): Promise<T> {
    const response = await fetch(`${this.#url}/${path}`, { signal: AbortSignal.timeout(20_000) });
    const answer = (await response.json()) as { readonly status: string; readonly error?: string; readonly data: T };
    if (answer.status !== 'success')
      throw new Error(`Prometheus refused ${path}: ${answer.error ?? response.statusText}`);
    return answer.data;
  }
}
