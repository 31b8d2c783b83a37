// What Prometheus's operator is told: each monitor finds one target of ours, under a job that is its own and that the
// rules know.
import type { Deployment, Manifest, Monitor, Service } from './manifest.js';
import { nameOf, ofKind, selects } from './manifest.js';

/** The job that each monitor gives to its targets, by the name of the Deployment. */
export function jobsOf(manifests: readonly Manifest[]): ReadonlyMap<string, readonly string[]> {
  const jobs = new Map<string, string[]>();
  for (const monitor of ofKind<Monitor>(manifests, 'ServiceMonitor', 'PodMonitor')) {
    for (const { deployment, job } of targetsOf(monitor, manifests)) {
      const all = jobs.get(nameOf(deployment)) ?? [];
      jobs.set(nameOf(deployment), [...all, job]);
    }
  }
  return jobs;
}

function targetsOf(
  { kind, spec }: Monitor,
  manifests: readonly Manifest[],
): readonly { readonly deployment: Deployment; readonly job: string }[] {
  const deployments = ofKind<Deployment>(manifests, 'Deployment');
  // Where its label is missing, the operator takes the name of the Service, or of the monitor.
  if (kind === 'PodMonitor')
    return deployments
      .filter((each) => selects(spec.selector.matchLabels, each.spec.template.metadata.labels))
      .map((deployment) => ({ deployment, job: deployment.spec.template.metadata.labels[spec.jobLabel] ?? 'none' }));
  return ofKind<Service>(manifests, 'Service')
    .filter(({ metadata }) => selects(spec.selector.matchLabels, metadata.labels))
    .flatMap((service) =>
      deployments
        .filter((each) => selects(service.spec.selector, each.spec.template.metadata.labels))
        .map((deployment) => ({ deployment, job: service.metadata.labels?.[spec.jobLabel] ?? service.metadata.name })),
    );
}

/** What is wrong with how they are scraped. */
export function monitorProblems(manifests: readonly Manifest[]): ReadonlyMap<string, readonly string[]> {
  const jobs = jobsOf(manifests);
  const deployments = ofKind<Deployment>(manifests, 'Deployment').map(nameOf);
  const all = [...jobs.values()].flat();
  const monitors = ofKind<Monitor>(manifests, 'ServiceMonitor', 'PodMonitor');
  return new Map([
    [
      'each program is scraped by one monitor',
      deployments.flatMap((each) => {
        const own = jobs.get(each)?.length ?? 0;
        return own === 1 ? [] : [`${each} is a target of ${own}`];
      }),
    ],
    ['each has a job of its own', new Set(all).size === all.length ? [] : [`the jobs are ${all.join(', ')}`]],
    [
      'monitors name ports that are there, and ask /metrics',
      monitors.flatMap((each) => {
        const endpoints = each.spec.endpoints ?? each.spec.podMetricsEndpoints ?? [];
        const [deployment] = targetsOf(each, manifests).map((target) => target.deployment);
        const ports = deployment?.spec.template.spec.containers[0].ports?.map(({ name }) => name) ?? [];
        return endpoints
          .filter(({ port, path }) => !ports.includes(port) || path !== '/metrics')
          .map(({ port, path }) => `${nameOf(each)}: ${port}${path}`);
      }),
    ],
  ]);
}
