// The values files of charts/celery-watch/ci: what users rely on in each of these cases, besides what holds in all of
// them.
import type { Secrets } from './configured.js';
import type { Deployment, Job, Manifest } from './manifest.js';
import { ofKind } from './manifest.js';

type Promises = Readonly<Record<string, (manifests: readonly Manifest[]) => string | false>>;

export interface Case {
  /** The file in ci/, without `-values.yaml`. */
  readonly name: string;
  /** Secrets that the case supposes to be there. `@ca`, `@certificate` and `@key` are made for the check. */
  readonly elsewhere: Secrets;
  readonly promises: Promises;
}

const WEB = `tls_server_config:
  cert_file: tls.crt
  key_file: tls.key
  client_ca_file: ca.crt
  client_auth_type: RequireAndVerifyClientCert
`;
const ROBOT = 'https://oapi.dingtalk.com/robot/send?access_token=0123456789';
const deployment = (manifests: readonly Manifest[], name: string): Deployment | undefined =>
  ofKind<Deployment>(manifests, 'Deployment').find(({ metadata }) => metadata.name === name);
const file = (manifests: readonly Manifest[], secret: string, key: string): string => {
  const found = ofKind(manifests, 'Secret').find(({ metadata }) => metadata.name === secret);
  return Buffer.from(found?.data?.[key] ?? '', 'base64').toString('utf8');
};
const kinds = (manifests: readonly Manifest[]): readonly string[] => manifests.map(({ kind }) => kind);
const variable = (of: Deployment | undefined, name: string): object | string | undefined => {
  const found = of?.spec.template.spec.containers[0].env?.find((each) => each.name === name);
  return found?.value ?? found?.valueFrom;
};

/** Those of the other chapters' checks that name a case do it by this name. */
export const CASES: readonly Case[] = [
  {
    name: 'default',
    elsewhere: {},
    promises: {
      'a broker without a name has no label broker': (all) =>
        file(all, 'watch-celery-watch-exporter', 'celery_exporter.yml').includes('brokers:') && 'it has a name',
      'a password of a URL stands in a Secret alone': (all) =>
        all.some((each) => each.kind !== 'Secret' && JSON.stringify(each).includes('redis://:secret')) && 'it does not',
      'the volume of the relay stays when the release goes': (all) =>
        ofKind(all, 'PersistentVolumeClaim')[0]?.metadata.annotations?.['helm.sh/resource-policy'] !== 'keep' &&
        'it does not',
      'an update of the exporter misses no event: the new pod is there before the old one goes': (all) =>
        deployment(all, 'watch-celery-watch-exporter')?.spec.strategy.type !== 'RollingUpdate' && 'it would',
      'an upgrade asks the new relay for its configuration before it exchanges the old one': (all) => {
        const [job] = ofKind<Job>(all, 'Job');
        const is = [job?.metadata.annotations?.['helm.sh/hook'], job?.spec.template.spec.containers[0].args].join();
        return is !== 'pre-upgrade,check-config' && is;
      },
      'what asks it needs nothing that the same upgrade makes': (all) => {
        const isHook = ({ metadata }: Manifest): boolean => metadata.annotations?.['helm.sh/hook'] !== undefined;
        const later = all.filter((each) => !isHook(each)).map(({ metadata }) => metadata.name);
        const text = JSON.stringify(ofKind<Job>(all, 'Job')[0]?.spec);
        const needed = later.filter((name) => text.includes(`"${name}"`));
        return needed.length > 0 && `it needs ${needed.join(', ')}`;
      },
      'neither CRDs nor policies are needed': (all) =>
        kinds(all).some((kind) => /Monitor|Rule|Alertmanager|Policy|Budget/.test(kind)) && kinds(all).join(', '),
    },
  },
  {
    name: 'many-brokers',
    elsewhere: {
      'shop-broker': { url: 'redis://:secret@shop:6379/0' },
      'stock-broker': { 'broker-url': 'amqps://user:secret@stock:5671/eu', 'management-url': 'https://stock:15671' },
      'stock-tls': { 'ca.crt': '@ca', 'tls.crt': '@certificate', 'tls.key': '@key' },
      'relay-login': { bearer: 'a-token' },
      channels: { slack: 'https://hooks.slack.com/services/T0/B0/x', dingtalk_secret: 'SEC0123' },
    },
    promises: {
      'one exporter watches all brokers, each by its name': (all) => {
        const text = file(all, 'watch-celery-watch-exporter', 'celery_exporter.yml');
        const names = [...text.matchAll(/^(?:- | +)name: (\S+)$/gm)].map(([, name]) => name);
        return names.join() !== 'shop,Stock_EU,mail' && `its brokers are ${names.join()}`;
      },
      'an exporter whose queue RabbitMQ keeps is exchanged, not doubled, and has a name that stays': (all) => {
        const exporter = deployment(all, 'watch-celery-watch-exporter');
        const name = variable(exporter, 'CELERY_EXPORTER_INSTANCE');
        return (exporter?.spec.strategy.type !== 'Recreate' || typeof name !== 'string') && JSON.stringify(name);
      },
      'a secret that is given by value is in a Secret alone': (all) =>
        all.some((each) => each.kind !== 'Secret' && JSON.stringify(each).includes(ROBOT)) && 'it is elsewhere, too',
      'the token is the one of the Secret that is named': (all) =>
        ofKind(all, 'Secret').some(({ metadata }) => metadata.name.endsWith('-token')) && 'another one is made',
    },
  },
  {
    name: 'relay-postgres',
    elsewhere: { 'relay-database': { uri: 'postgres://relay:secret@db:5432/relay' } },
    promises: {
      'three relays are exchanged one by one, have no volume, and are spread over nodes': (all) => {
        const relay = deployment(all, 'watch-celery-watch-relay')?.spec;
        const spread = relay?.template.spec.topologySpreadConstraints?.length ?? 0;
        const is = {
          replicas: relay?.replicas,
          strategy: relay?.strategy.type,
          claims: kinds(all).includes('PersistentVolumeClaim'),
          spread,
        };
        return (
          JSON.stringify(is) !== '{"replicas":3,"strategy":"RollingUpdate","claims":false,"spread":2}' &&
          JSON.stringify(is)
        );
      },
      'one of them at most is taken away at once': (all) =>
        !kinds(all).includes('PodDisruptionBudget') && 'nothing says so',
      'no exporter is there': (all) => ofKind(all, 'Deployment').length !== 1 && 'there is another Deployment',
    },
  },
  {
    name: 'operator',
    elsewhere: {},
    promises: {
      'each broker has a Deployment, a Service and resources of its own': (all) => {
        const memory = ['monitoring-exporter-shop', 'monitoring-exporter-stock'].map(
          (name) => deployment(all, name)?.spec.template.spec.containers[0].resources?.limits?.memory,
        );
        return memory.join() !== '256Mi,512Mi' && `their memory is ${memory.join()}`;
      },
      'images come from the registry that was named, by digest where there is one': (all) => {
        const image = deployment(all, 'monitoring-exporter-shop')?.spec.template.spec.containers[0].image ?? '';
        return !/^registry\.example\.com\/ops\/celery-watch\/celery-exporter@sha256:0{64}$/.test(image) && image;
      },
      'dashboards have the label and the folder that the sidecar looks for, and fit into their objects': (all) => {
        const boards = ofKind(all, 'ConfigMap').filter(
          ({ metadata }) => metadata.labels?.['grafana_dashboard'] === '1',
        );
        const large = boards.filter((each) => JSON.stringify(each).length > 1_000_000);
        const lost = boards.filter(({ metadata }) => metadata.annotations?.['grafana_folder'] !== 'Celery');
        return (boards.length < 4 || large.length + lost.length > 0) && `${boards.length}, too large ${large.length}`;
      },
      'AlertManager sends the alerts of this product to the Service of the relay, with its token': (all) => {
        const text = JSON.stringify(ofKind(all, 'AlertmanagerConfig')[0]?.spec ?? '');
        const wanted = [
          '"http://monitoring-relay.shop.svc:9095/webhook/alertmanager"',
          '"credentials":{"key":"token","name":"monitoring-relay-token"}',
          '"sendResolved":true',
          '"value":"celery|alert-relay|pipeline"',
          '"repeatInterval":"1m"',
        ];
        const lost = wanted.filter((each) => !text.includes(each));
        return lost.length > 0 && `not there: ${lost.join(', ')}`;
      },
      'objects of the user are made, with their templates': (all) =>
        ofKind(all, 'ConfigMap').find(({ metadata }) => metadata.name === 'monitoring-more')?.data?.['release'] !==
          'watch' && 'they are not',
    },
  },
  {
    name: 'hardened',
    elsewhere: {
      'shop-broker': { url: 'redis://:secret@shop:6379/0' },
      'exporter-web': { 'web.yml': WEB },
      'exporter-tls': { 'tls.crt': '@certificate', 'tls.key': '@key', 'ca.crt': '@ca' },
      'relay-web': { 'web.yml': WEB, 'tls.crt': '@certificate', 'tls.key': '@key', 'ca.crt': '@ca' },
      scraper: { token: 'a-token-to-scrape', relay: 'another-token' },
    },
    promises: {
      'probes have a port of their own, and monitors speak TLS and show the token': (all) => {
        const probes = ['exporter', 'relay'].map((name) => {
          const [container] = deployment(all, `watch-celery-watch-${name}`)?.spec.template.spec.containers ?? [];
          const port = container?.livenessProbe?.httpGet?.port;
          return container?.ports?.find((each) => each.name === port)?.containerPort;
        });
        const text = JSON.stringify(ofKind(all, 'PodMonitor'));
        const https = text.match(/"scheme":"https"/g)?.length;
        const tokens = text.match(/"credentials":\{"name":"scraper","key":"(?:token|relay)"\}/g)?.length;
        const is = [...probes, https, tokens].join();
        return is !== '9809,9096,2,2' && is;
      },
      'a test of the release asks at those ports, which the Services and the policies let it reach': (all) => {
        const asked = JSON.stringify(ofKind(all, 'Pod')).match(/http:\/\/[\w.-]+:(?:9809|9096)"/g)?.length;
        const offered = JSON.stringify(ofKind(all, 'Service')).match(/"name":"probes","port":(?:9809|9096)/g)?.length;
        const open = JSON.stringify(ofKind(all, 'NetworkPolicy')).match(/"port":(?:9809|9096)/g)?.length;
        const is = [asked, offered, open].join();
        return is !== '2,2,2' && is;
      },
      'nobody comes in or goes out but who was named': (all) => {
        const text = JSON.stringify(ofKind(all, 'NetworkPolicy'));
        const isClosed =
          !text.includes('"from":[]') && text.match(/"policyTypes":\["Ingress","Egress"\]/g)?.length === 2;
        return !isClosed && text;
      },
      'no service account is made where one was named': (all) => kinds(all).includes('ServiceAccount') && 'one is',
    },
  },
];
