// How code must look, and the table of floors: which room may import which. A wrong import is a red line here.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Packages from the ground up: each may import only packages that stand before it. */
const PACKAGES = [
  'libs/celery-protocol',
  'libs/html',
  'libs/metrics',
  'libs/service',
  'libs/testbed',
  'apps/exporter',
  'apps/alert-relay',
  'tools/bench',
  'tools/chart',
  'tools/ci',
  'tools/demo',
  'tools/monitoring',
  'tools/release',
];
/**
 * What may not be imported although it stands below: the testbed is for tests and tools, and apps are never imported.
 */
const AN_APP = 'an app runs as a program and is never imported';
/** A tool is a program too: what two of them need has its place in the testbed or another library. */
const A_TOOL = 'a tool runs as a program and is never imported';
const CLOSED = {
  'apps/exporter': AN_APP,
  'apps/alert-relay': AN_APP,
  'tools/bench': A_TOOL,
  'tools/chart': A_TOOL,
  'tools/ci': A_TOOL,
  'tools/demo': A_TOOL,
  'tools/monitoring': A_TOOL,
  'tools/release': A_TOOL,
};

/**
 * Rooms inside a package, each with the rooms of the same package that it may import. Files in the top folder are rooms
 * by their own name.
 */
const ROOMS = {
  'libs/celery-protocol': {
    wire: [],
    redis: [],
    control: ['wire', 'redis'],
    metrics: [],
    alerts: [],
    'index.ts': ['wire', 'redis', 'control', 'metrics', 'alerts'],
  },
  'libs/html': { 'html.ts': [] },
  // From the numbers and texts of one series to families, and from families to the page.
  'libs/metrics': {
    'histogram-value.ts': [],
    'label-text.ts': [],
    'exposition-format.ts': [],
    'children.ts': ['label-text.ts'],
    'family.ts': ['histogram-value.ts'],
    'sample-writer.ts': ['family.ts', 'histogram-value.ts', 'exposition-format.ts'],
    'check-entry.ts': ['histogram-value.ts', 'sample-writer.ts'],
    'counter.ts': ['family.ts', 'children.ts', 'check-entry.ts', 'label-text.ts'],
    'gauge.ts': ['family.ts', 'children.ts', 'check-entry.ts', 'label-text.ts'],
    'histogram.ts': ['family.ts', 'children.ts', 'check-entry.ts', 'label-text.ts', 'histogram-value.ts'],
    'page.ts': ['family.ts', 'check-entry.ts', 'sample-writer.ts', 'exposition-format.ts'],
    'page-sharing.ts': [],
    'slots.ts': [],
    'page-answer.ts': ['exposition-format.ts', 'page-sharing.ts', 'slots.ts'],
    'index.ts': [
      ...['histogram-value.ts', 'check-entry.ts', 'label-text.ts', 'exposition-format.ts', 'children.ts', 'family.ts'],
      ...['counter.ts', 'gauge.ts', 'histogram.ts', 'page.ts', 'page-answer.ts'],
    ],
  },
  'libs/service': {
    'secret.ts': [],
    'file-access.ts': [],
    'foreign-data.ts': [],
    'seldom.ts': [],
    'foreign-time.ts': [],
    'once-in.ts': [],
    'prose.ts': [],
    'backoff.ts': [],
    'log-output.ts': [],
    'log.ts': ['secret.ts', 'log-output.ts'],
    'address-group.ts': [],
    'failed-logins.ts': ['address-group.ts'],
    'foreign-pages.ts': ['door'],
    'http-refusals.ts': ['foreign-data.ts', 'log.ts', 'seldom.ts'],
    options: ['secret.ts', 'prose.ts'],
    'web-config': ['file-access.ts', 'foreign-data.ts', 'log.ts', 'options'],
    'tls-intake.ts': ['http-refusals.ts', 'web-config'],
    'connections.ts': ['address-group.ts', 'http-refusals.ts', 'tls-intake.ts'],
    'slow-readers.ts': ['http-refusals.ts'],
    'node-http.ts': [],
    'http-server.ts': [
      'log.ts',
      'http-refusals.ts',
      'connections.ts',
      'slow-readers.ts',
      'node-http.ts',
      'tls-intake.ts',
      'web-config',
    ],
    door: ['address-group.ts', 'failed-logins.ts', 'http-refusals.ts', 'log.ts', 'web-config'],
    'open-doors.ts': ['door', 'log.ts'],
    'http.ts': [
      'log.ts',
      'door',
      'open-doors.ts',
      'failed-logins.ts',
      'foreign-pages.ts',
      'http-refusals.ts',
      'http-server.ts',
      'node-http.ts',
      'web-config',
    ],
    'npm-parents.ts': [],
    'systemd.ts': ['log.ts'],
    'run.ts': ['log.ts', 'npm-parents.ts', 'systemd.ts'],
    'texts.ts': ['secret.ts', 'foreign-data.ts', 'foreign-time.ts', 'node-http.ts', 'options'],
    'index.ts': [
      'secret.ts',
      'file-access.ts',
      'foreign-data.ts',
      'seldom.ts',
      'foreign-time.ts',
      'once-in.ts',
      'prose.ts',
      'backoff.ts',
      'log.ts',
      'http.ts',
      'run.ts',
      'options',
      'web-config',
    ],
  },
  // Processes start everything; Celery's workers and Redis stand on them, and so do the programs of ours and Prometheus.
  'libs/testbed': {
    processes: [],
    'metrics-page': [],
    receivers: [],
    celery: ['processes'],
    tls: ['processes'],
    redis: ['processes', 'celery', 'tls'],
    rabbitmq: ['processes', 'celery', 'tls'],
    postgres: ['processes', 'tls'],
    programs: ['processes', 'metrics-page'],
    'testbed.ts': ['processes', 'celery', 'redis', 'rabbitmq', 'postgres', 'programs'],
    'index.ts': [
      ...['processes', 'metrics-page', 'receivers', 'celery', 'tls', 'redis', 'rabbitmq', 'postgres', 'programs'],
      'testbed.ts',
    ],
  },
  'apps/exporter': {
    tracking: [],
    brokers: [],
    pollers: ['brokers', 'tracking'],
    metrics: ['tracking'],
    dropin: ['tracking', 'brokers'],
    http: ['tracking', 'brokers', 'dropin'],
    custom: ['tracking'],
    'broker-names.ts': [],
    'options.ts': ['broker-names.ts', 'brokers', 'custom', 'dropin'],
    'mode.ts': ['options.ts', 'brokers', 'dropin'],
    'broker-config.ts': ['options.ts', 'brokers', 'custom', 'dropin', 'pollers', 'tracking'],
    'config.ts': ['mode.ts', 'broker-config.ts', 'custom', 'dropin'],
    'watch.ts': ['config.ts', 'brokers', 'pollers', 'tracking'],
    'house.ts': ['config.ts', 'metrics', 'http'],
    'exporter.ts': ['config.ts', 'brokers', 'dropin', 'watch.ts', 'metrics', 'http', 'house.ts'],
    'main.ts': ['exporter.ts', 'config.ts', 'mode.ts', 'threads.ts'],
  },
  // Accepting and delivering meet only in the outbox: neither may import the other.
  'apps/alert-relay': {
    notification: [],
    settings: [],
    route: [],
    channels: ['notification', 'settings'],
    outbox: ['notification', 'settings'],
    render: ['notification', 'settings', 'channels'],
    metrics: ['notification', 'outbox'],
    config: ['settings', 'route', 'channels'],
    accept: ['notification', 'route', 'outbox', 'metrics'],
    deliver: ['notification', 'outbox', 'render', 'channels', 'metrics'],
    watch: ['notification', 'route', 'outbox'],
    http: ['accept', 'outbox', 'metrics', 'config'],
    'channel-setup.ts': ['settings', 'channels', 'render', 'config'],
    'relay.ts': [
      ...['settings', 'outbox', 'metrics', 'render', 'config', 'accept', 'deliver', 'watch', 'http'],
      'channel-setup.ts',
    ],
    commands: [
      ...['notification', 'settings', 'outbox', 'metrics', 'render', 'config', 'accept', 'http'],
      ...['channel-setup.ts', 'relay.ts'],
    ],
    'main.ts': ['commands'],
  },
  'tools/bench': {
    load: [],
    consumers: [],
    report: [],
    'bench-part.ts': [],
    measure: ['load', 'consumers', 'bench-part.ts'],
    effect: ['load', 'measure', 'report'],
    relay: ['bench-part.ts', 'measure'],
    parts: ['load', 'consumers', 'report', 'bench-part.ts', 'measure', 'effect', 'relay'],
    'options.ts': [],
    'main.ts': ['options.ts', 'bench-part.ts', 'parts', 'report'],
  },
  // Programs that need nothing of each other.
  'tools/ci': { test: [], docker: [], crash: [], matrix: [] },
  'tools/demo': {
    parts: [],
    hops: ['parts'],
    causes: ['parts', 'hops'],
    inbox: ['parts', 'hops', 'causes'],
    terminal: ['parts', 'hops', 'causes'],
    'once.ts': ['parts', 'hops', 'causes', 'terminal'],
    'demo.ts': ['parts', 'hops', 'causes', 'inbox', 'terminal', 'once.ts'],
    'arguments.ts': ['parts'],
    'main.ts': ['parts', 'arguments.ts', 'demo.ts'],
    acceptance: [],
  },
  // A way to install stands on those before it in the table; they meet only there.
  'tools/release': {
    'way.ts': [],
    'repository.ts': [],
    'workshop.ts': ['way.ts'],
    debian: [],
    sbom: [],
    trial: ['way.ts'],
    npm: ['way.ts', 'repository.ts', 'sbom', 'trial'],
    archive: ['way.ts', 'repository.ts', 'npm', 'sbom', 'trial'],
    deb: ['way.ts', 'repository.ts', 'archive', 'debian', 'npm', 'trial'],
    image: ['way.ts', 'repository.ts', 'archive', 'debian', 'npm', 'sbom', 'trial'],
    chart: ['way.ts'],
    'table.ts': ['way.ts', 'npm', 'archive', 'deb', 'image', 'chart'],
    release: ['way.ts', 'workshop.ts', 'repository.ts'],
    'main.ts': ['way.ts', 'workshop.ts', 'repository.ts', 'table.ts', 'release'],
  },
  'tools/monitoring': { check: [], dashboards: [], 'measure-rules': ['check'], alerts: [] },
};

const NAMES = {
  '@celery-watch/celery-protocol': 'libs/celery-protocol',
  '@celery-watch/html': 'libs/html',
  '@celery-watch/metrics': 'libs/metrics',
  '@celery-watch/service': 'libs/service',
  '@celery-watch/testbed': 'libs/testbed',
  '@celery-watch/celery-exporter': 'apps/exporter',
  '@celery-watch/alert-relay': 'apps/alert-relay',
  '@celery-watch/bench': 'tools/bench',
  '@celery-watch/ci': 'tools/ci',
  '@celery-watch/demo': 'tools/demo',
  '@celery-watch/monitoring': 'tools/monitoring',
};
const isTest = (file) => /(\.test|-contract|\/testing(-[a-z-]+)?)\.ts$|\/src\/truth\//.test(file);

/** The package and room of a file, from its path below the repository. */
function placeOf(file) {
  const home = [...PACKAGES].find((each) => file.startsWith(`${each}/src/`));
  if (home === undefined) return undefined;
  return { home, room: file.slice(home.length + '/src/'.length).split('/')[0] };
}

/** The relative imports of a file, read once; both are paths below the repository. */
const importsOf = new Map();
function imports(file) {
  if (!importsOf.has(file)) {
    const where = path.join(import.meta.dirname, file);
    const text = existsSync(where) ? readFileSync(where, 'utf8') : '';
    importsOf.set(
      file,
      [...text.matchAll(/ from '(\.[^']+)'/g)].map(([, source]) => targetOf(file, source)),
    );
  }
  return importsOf.get(file);
}

function targetOf(file, source) {
  return path.posix.join(path.posix.dirname(file), source.replace(/\.js$/, '.ts'));
}

/** Whether the imports of a file lead to another, over however many steps. */
function leadsTo(file, goal, seen = new Set()) {
  if (file === goal) return true;
  if (seen.has(file)) return false;
  seen.add(file);
  return imports(file).some((each) => leadsTo(each, goal, seen));
}

function wrongImport(file, source) {
  const from = placeOf(file);
  if (from === undefined) return undefined;
  const target = NAMES[source];
  if (target !== undefined) {
    if (target in CLOSED) return CLOSED[target];
    if (target === 'libs/testbed' && from.home.startsWith('apps/') && !isTest(file))
      return 'the testbed is for tests and tools only';
    return PACKAGES.indexOf(target) < PACKAGES.indexOf(from.home) ? undefined : `${from.home} stands below ${target}`;
  }
  if (!source.startsWith('.')) return undefined;
  const imported = targetOf(file, source);
  const to = placeOf(imported);
  if (to === undefined || to.home !== from.home)
    return 'a relative import must stay inside its package: import the package by its name';
  if (leadsTo(imported, file)) return `${imported} leads back to this file: a circle`;
  const rooms = ROOMS[from.home];
  if (rooms === undefined || to.room === from.room || isTest(file)) return undefined;
  const allowed = rooms[from.room];
  if (allowed === undefined) return `${from.room} is no room of ${from.home}: add it to the table in eslint.config.js`;
  return allowed.includes(to.room)
    ? undefined
    : `${from.room} may import ${allowed.join(', ') || 'nothing'} of ${from.home}, not ${to.room}`;
}

const floors = {
  meta: { type: 'problem', schema: [], messages: { wrong: 'Wrong floor: {{why}}.' } },
  create(context) {
    const file = path
      .relative(import.meta.dirname, context.filename)
      .split(path.sep)
      .join('/');
    const check = (node) => {
      const why = node.source ? wrongImport(file, String(node.source.value)) : undefined;
      if (why !== undefined) context.report({ node, messageId: 'wrong', data: { why } });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.venv*/**', 'bench-results/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { house: { rules: { floors } } },
    rules: {
      'house/floors': 'error',
      'max-lines': ['error', { max: 400 }],
      // What the formatter leaves as it is: comments.
      'max-len': [
        'error',
        { code: 120, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true, ignoreUrls: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/prefer-nullish-coalescing': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  { files: ['tools/**/*.ts'], rules: { 'no-console': 'off' } },
  // A test may compare what an object holds by spreading it.
  { files: ['**/*.test.ts'], rules: { '@typescript-eslint/no-misused-spread': 'off' } },
  {
    files: ['**/*.js'],
    // What a file imports may have the name of a global.
    rules: { 'no-redeclare': ['error', { builtinGlobals: false }] },
    languageOptions: {
      globals: Object.fromEntries(
        ['AbortSignal', 'URL', 'console', 'fetch', 'process', 'setTimeout'].map((name) => [name, 'readonly']),
      ),
    },
  },
  { files: ['apps/*/src/**/*.ts'], rules: { 'no-process-exit': 'off' } },
);
