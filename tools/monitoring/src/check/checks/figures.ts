// Checks figures that are said in several places, such as a limit of memory in compose files, units and guides: one
// figure, wherever it stands.
import type { Problem } from '../problem.js';

export interface Figure {
  readonly what: string;
  /** Where it is said; the group of each pattern is the figure. The first place is the one that counts. */
  readonly places: readonly { readonly file: string; readonly pattern: RegExp }[];
}

const EN = (name: string): string => `docs/${name}_GUIDE.md`;
const ZH = (name: string): string => `docs/${name}_GUIDE.zh-CN.md`;
const COMPOSE = 'docker/docker-compose.prod.yml';
const DEMO_COMPOSE = 'docker/docker-compose.yml';
const DEPLOYMENT = 'deployment/PRODUCTION_DEPLOYMENT';
const MONITORING = 'monitoring/CELERY_MONITORING';
const RELAY = 'monitoring/ALERT_RELAY';
const ALERTS = 'monitoring/ALERT_HANDLING';
const DASHBOARD = 'monitoring/grafana/dashboards/celery-exporter-relay.json';
const PROMETHEUS = [
  'monitoring/prometheus.yml',
  'monitoring/prometheus.standalone.yml',
  'monitoring/prometheus.ha.yml',
];
const ALERTMANAGERS = ['monitoring/alertmanager.yml', 'monitoring/alertmanager.email.yml'];
const each = (files: readonly string[], pattern: RegExp): Figure['places'] => files.map((file) => ({ file, pattern }));

/** A limit of memory of a service in a compose file. */
const limitOf = (service: string): RegExp => new RegExp(`^  ${service}:\\n[^]*?limits: \\{[^}]*memory: (\\w+)`, 'm');

export const FIGURES: readonly Figure[] = [
  {
    what: "the exporter's limit of memory",
    places: [
      ...each([COMPOSE, DEMO_COMPOSE], limitOf('celery-exporter')),
      ...each([EN(DEPLOYMENT), ZH(DEPLOYMENT)], /bin\/celery-exporter\.js[^]*?MemoryMax=(\w+)/),
      ...each([EN(DEPLOYMENT), ZH(DEPLOYMENT)], /--name celery-exporter [^\n]*--memory (\w+)/),
      { file: EN(DEPLOYMENT), pattern: /the exporter (\d+ MB) and the relay/ },
      { file: EN(DEPLOYMENT), pattern: /So (\d+ MB) are enough for the defaults/ },
      { file: ZH(DEPLOYMENT), pattern: /内存上限为 Exporter (\d+ MB)/ },
      { file: ZH(DEPLOYMENT), pattern: /因此 (\d+ MB) 足够默认配置使用/ },
      { file: DASHBOARD, pattern: /JavaScript heap[^"]*containers and units allow (\d+ MB)/ },
    ],
  },
  {
    what: "the relay's limit of memory",
    places: [
      ...each([COMPOSE, DEMO_COMPOSE], limitOf('alert-relay')),
      ...each([EN(DEPLOYMENT), ZH(DEPLOYMENT)], /bin\/alert-relay\.js --config=\S+\n[^]*?MemoryMax=(\w+)/),
      { file: EN(DEPLOYMENT), pattern: /and the relay (\d+ MB)/ },
      { file: ZH(DEPLOYMENT), pattern: /内存上限为 Exporter \d+ MB、中继 (\d+ MB)/ },
      { file: EN(RELAY), pattern: /the limit of its container or unit is (\d+ MB)/ },
      { file: ZH(RELAY), pattern: /容器或 systemd 单元的限额为 (\d+ MB)/ },
      { file: DASHBOARD, pattern: /"Resident memory\. Containers and units allow (\d+ MB)/ },
    ],
  },
  {
    what: "the limit of the relay's heap",
    places: [
      { file: 'docker/Dockerfile', pattern: /max-old-space-size=(\d+) ALERT_RELAY_CONFIG/ },
      ...each([EN(DEPLOYMENT), ZH(DEPLOYMENT)], /bin\/alert-relay\.js --config=\S+\n[^]*?max-old-space-size=(\d+)/),
      { file: EN(RELAY), pattern: /Its heap ends at (\d+) MB/ },
      { file: ZH(RELAY), pattern: /它的堆上限为 (\d+) MB/ },
    ],
  },
  {
    what: 'the version',
    places: [
      { file: 'package.json', pattern: /"version": "([\d.]+)"/ },
      { file: 'docker/Dockerfile', pattern: /^ARG VERSION=([\d.]+)/m },
      ...each([COMPOSE], /\$\{EXPORTER_VERSION:-([\d.]+)\}/),
      ...each([COMPOSE], /\$\{RELAY_VERSION:-([\d.]+)\}/),
      ...each([EN(DEPLOYMENT), ZH(DEPLOYMENT)], /`RELAY_VERSION` \| ([\d.]+) \|/),
    ],
  },
  {
    what: 'the limit of threads of the exporter',
    places: [
      ...each([COMPOSE, DEMO_COMPOSE], /^ {2}celery-exporter:\n[^]*?pids: (\d+)/m),
      ...each([EN(DEPLOYMENT), ZH(DEPLOYMENT)], /`pids: (\d+)`/),
      ...each([EN(DEPLOYMENT), ZH(DEPLOYMENT)], /--name celery-exporter [^\n]*--pids-limit (\d+)/),
    ],
  },
  {
    what: "the exporter's port",
    places: [
      { file: 'monitoring/celery_exporter.yml', pattern: /^port: (\d+)/m },
      ...each(PROMETHEUS, /job_name: celery\n[^]*?targets: \["[\w-]+:(\d+)"\]/),
      ...each([COMPOSE, DEMO_COMPOSE], /^ {2}celery-exporter:\n[^]*?ports: \["[^"]*?:\d+:(\d+)"\]/m),
      ...each([EN(MONITORING), ZH(MONITORING)], /\| `celery-exporter` \| (\d+) \|/),
      ...each([EN(DEPLOYMENT), ZH(DEPLOYMENT)], /\| Prometheus \| exporter (\d+)/i),
    ],
  },
  {
    what: "the relay's port",
    places: [
      { file: 'monitoring/alert-relay.yml', pattern: /^listen: [\d.]+:(\d+)/m },
      ...each(PROMETHEUS, /job_name: alert-relay\n[^]*?targets: \["[\w-]+:(\d+)"\]/),
      { file: 'monitoring/alertmanager.yml', pattern: /url: http:\/\/alert-relay:(\d+)/ },
      ...each([COMPOSE, DEMO_COMPOSE], /^ {2}alert-relay:\n[^]*?ports: \["[^"]*?:\d+:(\d+)"\]/m),
      ...each([EN(MONITORING), ZH(MONITORING)], /\]\(ALERT_RELAY_GUIDE[^)]*\) \| (\d+) \|/),
    ],
  },
  {
    what: 'how often Prometheus scrapes',
    places: [
      ...each(PROMETHEUS, /scrape_interval: (\w+)/),
      { file: EN(MONITORING), pattern: /scrape, (\d+ s)/ },
      { file: ZH(MONITORING), pattern: /每 (\d+ 秒)抓取/ },
    ],
  },
  {
    what: 'how often Prometheus evaluates rules',
    places: [
      ...each(PROMETHEUS, /evaluation_interval: (\w+)/),
      { file: EN(MONITORING), pattern: /rules, (\d+ s)/ },
      { file: ZH(MONITORING), pattern: /每 (\d+ 秒)计算规则/ },
    ],
  },
  {
    what: 'how often the exporter reads the queues',
    places: [
      { file: 'monitoring/celery_exporter.yml', pattern: /^queue_poll_interval: (\w+)/m },
      { file: EN(MONITORING), pattern: /`--queue-poll-interval` \((\d+ s)\)/ },
      { file: ZH(MONITORING), pattern: /`--queue-poll-interval`（(\d+ 秒)）/ },
    ],
  },
  {
    what: 'how often the exporter asks the workers',
    places: [
      { file: 'monitoring/celery_exporter.yml', pattern: /^worker_poll_interval: (\w+)/m },
      { file: EN(MONITORING), pattern: /`--worker-poll-interval` \((\d+ s)\)/ },
      { file: ZH(MONITORING), pattern: /`--worker-poll-interval`（(\d+ 秒)）/ },
    ],
  },
  {
    what: 'how long Prometheus keeps data',
    places: [
      { file: COMPOSE, pattern: /retention\.time=\$\{RETENTION:-(\w+)\}/ },
      { file: COMPOSE, pattern: /^# .*RETENTION (\w+),/m },
      { file: DEMO_COMPOSE, pattern: /retention\.time=(\w+)/ },
      ...each(PROMETHEUS, /retention\.time=(\w+)/),
      ...each([EN(MONITORING), ZH(MONITORING)], /retention\.time=(\w+)/),
      ...each([EN(DEPLOYMENT), ZH(DEPLOYMENT)], /\| `RETENTION` \| (\w+) \|/),
    ],
  },
  {
    what: 'how long AlertManager waits for more of a new group',
    places: [
      ...each(ALERTMANAGERS, /group_wait: (\w+)/),
      { file: EN(MONITORING), pattern: /`group_wait` \((\d+ s)\)/ },
      { file: ZH(MONITORING), pattern: /`group_wait`（(\d+ 秒)）/ },
    ],
  },
  {
    what: 'how long AlertManager waits between two posts of a group',
    places: [
      ...each(ALERTMANAGERS, /group_interval: (\w+)/),
      { file: EN(RELAY), pattern: /`group_interval` \((\d+ s) ships\)/ },
      { file: ZH(RELAY), pattern: /`group_interval`（出厂值 (\d+ 秒)）/ },
    ],
  },
  {
    what: 'the newest Prometheus that the rules have been run on',
    places: [
      { file: EN(DEPLOYMENT), pattern: /been run on Prometheus 2\.42 and (\d+\.\d+)/ },
      { file: ZH(DEPLOYMENT), pattern: /已在 Prometheus 2\.42、(\d+\.\d+) 和/ },
    ],
  },
  {
    what: 'the newest AlertManager that the configurations have been run on',
    places: [
      { file: 'docs/protocol/README.md', pattern: /\*\*AlertManager\*\*: 0\.25 and (\d+\.\d+) run/ },
      { file: 'docs/protocol/alertmanager.md', pattern: /posts of 0\.25 and (\d+\.\d+)\./ },
      { file: EN(DEPLOYMENT), pattern: /on AlertManager 0\.25 and (\d+\.\d+)\./ },
      { file: ZH(DEPLOYMENT), pattern: /AlertManager 0\.25、(\d+\.\d+) 上/ },
    ],
  },
  {
    what: 'the option of Sentinel that decides about the names of channels',
    places: each([EN(MONITORING), ZH(MONITORING)], /`global_keyprefix`[^.。]*`(sentinel_fanout_compat)`/),
  },
  {
    what: 'what reads the sum of a histogram that Prometheus has converted',
    places: each(
      [EN(MONITORING), ZH(MONITORING), EN(ALERTS), ZH(ALERTS)],
      /_seconds_sum\[10m\][^]{0,160}?(histogram_sum)\(rate\(celery_task_duration_seconds\[10m\]\)\)/,
    ),
  },
  {
    what: 'the Debian that the commands run on',
    places: [
      { file: 'README.md', pattern: /\| machine \| Debian 12 and (13)\b/ },
      { file: 'README.zh-CN.md', pattern: /Debian 12 或 (13)\b/ },
    ],
  },
  {
    what: 'the number of alerts',
    places: [
      { file: 'README.md', pattern: /\| (\d+) alerts;/ },
      { file: 'README.zh-CN.md', pattern: /\| (\d+) 条告警/ },
    ],
  },
  {
    what: 'how often the watchdog is sent',
    places: [
      { file: 'monitoring/alertmanager.yml', pattern: /Watchdog[^]*?repeat_interval: (\w+)/ },
      { file: EN(ALERTS), pattern: /`repeat_interval` of its route \((\d+ minute)\)/ },
    ],
  },
];

/** @param read the text of a file; undefined where it is not there */
export function checkFigures(
  read: (file: string) => string | undefined,
  figures: readonly Figure[] = FIGURES,
): Problem[] {
  return figures.flatMap(({ what, places }) => {
    const said = places.map(({ file, pattern }) => {
      const text = read(file) ?? '';
      const found = pattern.exec(text);
      const figure = found?.[1];
      const at = found === null ? 0 : found.index + found[0].lastIndexOf(figure ?? '');
      return { file, pattern, figure, line: text.slice(0, at).split('\n').length };
    });
    const [first] = said;
    return said.flatMap(({ file, figure, line, pattern }): Problem[] => {
      if (figure === undefined) return [{ file, text: `does not say ${what} any more: ${pattern.source}` }];
      if (first?.figure === undefined || amount(figure) === amount(first.figure)) return [];
      return [{ file, line, text: `${what} is ${figure} here, and ${first.figure} in ${first.file}` }];
    });
  });
}

const UNITS: Readonly<Record<string, string>> = { MB: 'M', 秒: 's', minute: 'm' };

/** 256 MB is 256M, and 15 秒 is 15s. */
function amount(figure: string): string {
  const [, number = figure, unit = ''] = /^(\d+) ?(.*)$/.exec(figure) ?? [];
  return number + (UNITS[unit] ?? unit);
}
