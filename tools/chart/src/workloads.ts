// What every workload promises, whether helm or kustomize made it: closed down, probed where it tells the truth,
// found by its Service.
import type { Container, Deployment, Job, Manifest, PodSpec, Probe, Service } from './manifest.js';
import { nameOf, ofKind, selects } from './manifest.js';

/** What a program's image and guides say of it. */
export interface Program {
  readonly image: string;
  readonly port: number;
  readonly memory: string;
}

/** @param programs by the name of the container */
export function workloadProblems(
  manifests: readonly Manifest[],
  programs: Readonly<Record<string, Program>>,
): ReadonlyMap<string, readonly string[]> {
  const deployments = ofKind<Deployment>(manifests, 'Deployment');
  const pods = [
    ...deployments.map((each): [string, PodSpec] => [nameOf(each), each.spec.template.spec]),
    ...ofKind<Job>(manifests, 'Job').map((each): [string, PodSpec] => [nameOf(each), each.spec.template.spec]),
    ...ofKind(manifests, 'Pod').map((each): [string, PodSpec] => [nameOf(each), each.spec as PodSpec]),
  ];
  const ofPods = (problem: (pod: PodSpec, container: Container) => string | false): readonly string[] =>
    pods.flatMap(([name, pod]) => pod.containers.flatMap((each) => said(name, problem(pod, each))));
  const ofDeployments = (problem: (of: Deployment, container: Container) => string | false): readonly string[] =>
    deployments.flatMap((each) => said(nameOf(each), problem(each, each.spec.template.spec.containers[0])));
  return new Map([
    ['pods run as nobody in particular, with no right that they do not need', ofPods(unsafe)],
    [
      'secrets are files of mode 0440, for the group alone',
      ofPods(({ volumes = [] }) => {
        const open = volumes.find(({ projected }) => projected !== undefined && projected.defaultMode !== 0o440);
        return open !== undefined && `the volume ${open.name} has another mode`;
      }),
    ],
    ['no token of Kubernetes is mounted', ofPods((pod) => pod.automountServiceAccountToken !== false && 'a token is')],
    [
      'images, ports and memory are those of the Dockerfile and the guides',
      ofDeployments((_, container) => {
        const program = programs[container.name];
        if (program === undefined) return `there is no program ${container.name}`;
        const [repository = ''] = container.image.split(/[:@](?=[^/]*$)/);
        if (!`/${repository}`.endsWith(`/${program.image}`)) return `${container.image} is not ${program.image}`;
        const port = container.ports?.[0]?.containerPort;
        return port !== program.port && `its port is ${port ?? 'none'} and not ${program.port}`;
      }),
    ],
    [
      'a program is restarted when it does not live (/healthz), never because a broker or a database is away',
      ofDeployments((_, container) => badProbes(container)),
    ],
    [
      'an update restarts a program by its checksum, unless names of its configuration change',
      ofDeployments(({ spec }) => {
        const named = JSON.stringify(spec.template.spec.volumes ?? []).match(/-[bcdfghkmt2456789]{10}"/);
        return spec.template.metadata.annotations?.['checksum/config'] === undefined && !named && 'it has neither';
      }),
    ],
    ['volumes and mounts belong together', ofDeployments(({ spec }) => badVolumes(spec.template.spec))],
    ['selectors find the pods of their own Deployment, and of no other', badSelectors(manifests, deployments)],
    [
      'of a file that one process may open, no second pod is begun',
      ofDeployments(({ spec }) => {
        const onFile = spec.template.spec.volumes?.some(({ persistentVolumeClaim: claim }) => claim !== undefined);
        return onFile === true && (spec.strategy.type !== 'Recreate' || spec.replicas !== 1) && 'several could run';
      }),
    ],
  ]);
}

const said = (name: string, problem: string | false): readonly string[] =>
  problem === false ? [] : [`${name}: ${problem}`];

function unsafe(pod: PodSpec, container: Container): string | false {
  const outer = pod.securityContext;
  const inner = container.securityContext;
  if (outer?.runAsNonRoot !== true || outer.runAsUser !== 1000) return 'it does not run as user 1000';
  if (outer.seccompProfile?.type !== 'RuntimeDefault') return 'seccompProfile is not RuntimeDefault';
  if (inner?.readOnlyRootFilesystem !== true) return 'its root can be written to';
  if (inner.allowPrivilegeEscalation !== false) return 'it may gain privileges';
  if (inner.capabilities?.drop?.includes('ALL') !== true) return 'it keeps capabilities';
  return container.resources?.limits?.memory === undefined && 'its memory has no limit';
}

function badProbes({ ports = [], livenessProbe, readinessProbe, startupProbe }: Container): string | false {
  const wrong = (probe: Probe | undefined, path: string): boolean => {
    return !ports.some(({ name }) => name === probe?.httpGet?.port) || probe?.httpGet?.path !== path;
  };
  if (wrong(livenessProbe, '/healthz')) return 'livenessProbe does not ask /healthz';
  if (wrong(startupProbe, '/healthz')) return 'startupProbe does not ask /healthz';
  return wrong(readinessProbe, '/readyz') && 'readinessProbe does not ask /readyz';
}

function badVolumes(pod: PodSpec): string | false {
  const volumes = pod.volumes?.map(({ name }) => name) ?? [];
  const mounts = pod.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
  const [lost] = [
    ...mounts.filter((each) => !volumes.includes(each)).map((each) => `${each} is mounted, and is no volume`),
    ...volumes.filter((each) => !mounts.includes(each)).map((each) => `the volume ${each} is mounted nowhere`),
  ];
  if (new Set(volumes).size < volumes.length) return `two volumes have one name: ${volumes.join(', ')}`;
  // Kubernetes mounts nothing into a folder that is mounted read-only.
  const folders = pod.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ mountPath }) => mountPath));
  const nested = folders.find((each) => folders.some((other) => each.startsWith(`${other}/`)));
  return lost ?? (nested !== undefined && `${nested} is mounted within another mount`);
}

function badSelectors(manifests: readonly Manifest[], deployments: readonly Deployment[]): readonly string[] {
  const found = (selector: Deployment['spec']['selector']['matchLabels']): readonly string[] =>
    deployments.filter(({ spec }) => selects(selector, spec.template.metadata.labels)).map(nameOf);
  const own = deployments.flatMap((each) => {
    const all = found(each.spec.selector.matchLabels);
    return all.length === 1 ? [] : [`${nameOf(each)} selects ${all.join(', ') || 'nothing'}`];
  });
  const services = ofKind<Service>(manifests, 'Service').flatMap((each) => {
    const all = found(each.spec.selector);
    const [target] = deployments.filter(({ spec }) => selects(each.spec.selector, spec.template.metadata.labels));
    const ports = target?.spec.template.spec.containers[0].ports?.map(({ name }) => name) ?? [];
    const lost = each.spec.ports.find(({ targetPort }) => !ports.includes(targetPort));
    if (all.length !== 1) return [`${nameOf(each)} selects ${all.join(', ') || 'nothing'}`];
    return lost === undefined
      ? []
      : [`${nameOf(each)} leads to ${lost.targetPort}, which is no port of ${all.join('')}`];
  });
  const others = ofKind(manifests, 'NetworkPolicy', 'PodDisruptionBudget').flatMap((each) => {
    const spec = each.spec as { readonly podSelector?: Selector; readonly selector?: Selector };
    const all = found((spec.podSelector ?? spec.selector)?.matchLabels ?? {});
    return all.length === 1 ? [] : [`${nameOf(each)} selects ${all.join(', ') || 'nothing'}`];
  });
  return [...own, ...services, ...others];
}
interface Selector {
  readonly matchLabels: Deployment['spec']['selector']['matchLabels'];
}
