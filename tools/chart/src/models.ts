// Holds manifests against the schemas of Kubernetes, of the Prometheus operator and of KEDA; a kind without one is
// refused.
import * as apps from 'kubernetes-models/apps/v1';
import * as batch from 'kubernetes-models/batch/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';
import * as keda from '@kubernetes-models/keda/keda.sh/v1alpha1';
import * as operator from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import * as operatorAlpha from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1alpha1';
import { type Manifest, nameOf } from './manifest.js';

interface Model {
  readonly validate: () => void;
}
type ModelClass = new (manifest: never) => Model;

const KINDS: Readonly<Record<string, ModelClass>> = {
  'v1 ConfigMap': core.ConfigMap,
  'v1 Secret': core.Secret,
  'v1 Service': core.Service,
  'v1 ServiceAccount': core.ServiceAccount,
  'v1 PersistentVolumeClaim': core.PersistentVolumeClaim,
  'v1 Pod': core.Pod,
  'v1 Namespace': core.Namespace,
  'apps/v1 Deployment': apps.Deployment,
  'batch/v1 Job': batch.Job,
  'networking.k8s.io/v1 NetworkPolicy': networking.NetworkPolicy,
  'policy/v1 PodDisruptionBudget': policy.PodDisruptionBudget,
  'monitoring.coreos.com/v1 ServiceMonitor': operator.ServiceMonitor,
  'monitoring.coreos.com/v1 PodMonitor': operator.PodMonitor,
  'monitoring.coreos.com/v1 PrometheusRule': operator.PrometheusRule,
  'monitoring.coreos.com/v1alpha1 AlertmanagerConfig': operatorAlpha.AlertmanagerConfig,
  'keda.sh/v1alpha1 ScaledObject': keda.ScaledObject,
  'keda.sh/v1alpha1 TriggerAuthentication': keda.TriggerAuthentication,
};

/** What is wrong with a manifest by its schema. */
export function schemaProblems(manifest: Manifest): readonly string[] {
  const ModelOf = KINDS[`${manifest.apiVersion} ${manifest.kind}`];
  if (ModelOf === undefined)
    return [`${nameOf(manifest)}: no schema is known for ${manifest.apiVersion} ${manifest.kind}`];
  const watched = new Watched(new ModelOf(manifest as never));
  try {
    watched.root.validate();
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return [`${nameOf(manifest)}: ${words.replace(/\bdata\//g, '')}`];
  }
  const unread = watched.unread(manifest).filter((key) => !key.startsWith(INNER_ROUTES));
  return [
    ...unread.map((key) => `${nameOf(manifest)}: there is no key ${key}`),
    ...innerRoutes(manifest).flatMap(schemaProblems),
  ];
}

/**
 * A schema cannot hold itself, so the operator's says nothing of routes within routes: each is looked at as the outer
 * one.
 */
const INNER_ROUTES = 'spec.route.routes.';
function innerRoutes(manifest: Manifest): readonly Manifest[] {
  const spec = manifest.spec as { readonly route?: { readonly routes?: readonly object[] } } | undefined;
  return (spec?.route?.routes ?? []).map((route) => ({ ...manifest, spec: { ...spec, route } }));
}

/**
 * The schemas let pass what they do not know, and the cluster drops it without a word. They look at each key that they
 * know, so a key that nobody looked at is none of theirs.
 */
class Watched<T extends object> {
  readonly root: T;
  readonly #read = new Set<string>();

  constructor(value: T) {
    this.root = this.#watch(value, '') as T;
  }

  #watch(value: unknown, at: string): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const wrapped = new Map<string, unknown>();
    return new Proxy(value, {
      get: (target, key) => {
        if (typeof key === 'symbol') return Reflect.get(target, key) as unknown;
        const below = `${at}.${key}`;
        this.#read.add(below);
        if (!wrapped.has(key)) wrapped.set(key, this.#watch(Reflect.get(target, key), below));
        return wrapped.get(key);
      },
    });
  }

  /** Keys inside of what was looked at; of one that was not looked at it is the key itself that counts. */
  unread(of: object): string[] {
    const found: string[] = [];
    const look = (value: unknown, at: string): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        const below = `${at}.${key}`;
        if (!this.#read.has(below)) found.push(below.slice(1));
        else look(inner, below);
      }
    };
    look(of, '');
    return found;
  }
}
