// What the synthetic Celery site consists of: task names with their queues and arguments, workers, clients, results and
// errors.

export interface TaskKind {
  readonly name: string;
  readonly queue: string;
  /** Python repr texts, as `task-received` carries them. */
  readonly calls: readonly { readonly args: string; readonly kwargs: string }[];
}

export interface Emitter {
  /** `celery@worker-07`, or `gen4711@web-2` for a client. */
  readonly nodename: string;
  readonly pid: number;
}

export interface Ending {
  readonly exception: string;
  readonly traceback: string;
}

const QUEUES = ['celery', 'mail', 'orders', 'billing', 'search', 'reports', 'images', 'imports'] as const;
const AREAS = ['shop', 'billing', 'catalogue', 'crm', 'warehouse'] as const;
const VERBS = ['send', 'update', 'import', 'render', 'synchronise', 'expire', 'index', 'charge'] as const;
const NOUNS = [
  'confirmation',
  'invoice',
  'stock_level',
  'product_feed',
  'newsletter',
  'thumbnail',
  'customer',
] as const;

/** Up to 280 names; each belongs to one queue, as `task_routes` makes it. */
export function taskKinds(count: number): readonly TaskKind[] {
  return Array.from({ length: count }, (_, i) => {
    const verb = pick(VERBS, i);
    const noun = pick(NOUNS, Math.floor(i / AREAS.length));
    const name = `${pick(AREAS, i)}.tasks.${noun}.${verb}_${noun}${i >= 280 ? `_${String(i)}` : ''}`;
    return {
      name,
      queue: pick(QUEUES, i),
      calls: CALLS.map(({ args, kwargs }) => ({ args: args(1000 + i), kwargs: kwargs(1000 + i) })),
    };
  });
}

/** From a bare id to a call that carries a good part of an order: about 20, 130 and 330 characters. */
const CALLS: readonly { readonly args: (id: number) => string; readonly kwargs: (id: number) => string }[] = [
  { args: (id) => `(${String(id)}, True)`, kwargs: () => '{}' },
  {
    args: (id) => `(${String(id)}, 'anna.schmidt@example.com')`,
    kwargs: (id) =>
      `{'template': 'order-confirmed', 'locale': 'de_DE', 'order_id': ${String(id)}, 'attach_pdf': False}`,
  },
  {
    args: () => '()',
    kwargs: (id) =>
      `{'customer': {'id': ${String(id)}, 'name': 'Müller & Söhne', 'tier': 'gold'}, 'lines': [{'sku': 'A-10025', ` +
      `'qty': 3, 'price': '19.90'}, ` +
      "{'sku': 'B-77120', 'qty': 1, 'price': '249.00'}, {'sku': 'C-00871', 'qty': 12, 'price': '0.89'}], " +
      "'currency': 'EUR', " +
      "'placed_at': '2026-11-23T18:04:11.482Z', 'notify': ['mail', 'sms'], 'dry_run': False}",
  },
];

export function workers(count: number): readonly Emitter[] {
  return Array.from({ length: count }, (_, i) => ({
    nodename: `celery@worker-${String(i + 1).padStart(2, '0')}`,
    pid: 20_100 + 37 * i,
  }));
}

export function clients(count: number): readonly Emitter[] {
  return Array.from({ length: count }, (_, i) => ({
    nodename: `gen${String(11_200 + i)}@web-${String(i + 1)}`,
    pid: 11_200 + i,
  }));
}

/** The pool child of a worker, which is the client when a task retries itself. */
export function childOf(worker: Emitter): Emitter {
  const pid = worker.pid + 9;
  return { nodename: `gen${String(pid)}@${worker.nodename.slice(worker.nodename.indexOf('@') + 1)}`, pid };
}

/** Python repr of what tasks return. */
export const RESULTS: readonly string[] = [
  'None',
  'True',
  '42',
  "'sent'",
  "{'status': 'ok', 'message_id': '<20261123180411.482@mail.example.com>', 'accepted': 1, 'rejected': []}",
  `{'indexed': 250, 'skipped': 3, 'took': 0.182, 'ids': ` +
    `[${Array.from({ length: 40 }, (_, i) => String(10_000 + 7 * i)).join(', ')}]}`,
];

const FRAMES = [
  ['celery/app/trace.py', 451, 'trace_task', 'R = retval = fun(*args, **kwargs)'],
  ['celery/app/trace.py', 734, '__protected_call__', 'return self.run(*args, **kwargs)'],
  [
    'shop/tasks/orders.py',
    118,
    'send_confirmation',
    'response = gateway.post(order.customer.endpoint, payload=render(order))',
  ],
  ['shop/gateway/client.py', 61, 'post', 'return self._request("POST", path, json=payload, timeout=self.timeout)'],
] as const;

function failure(exception: string, last: string, depth: number): Ending {
  const frames = FRAMES.slice(0, depth).map(
    ([file, line, name, code]) =>
      `  File "/srv/app/lib/python3.11/site-packages/${file}", line ${String(line)}, in ${name}\n    ${code}\n`,
  );
  return { exception, traceback: `Traceback (most recent call last):\n${frames.join('')}${last}\n` };
}

export const FAILURES: readonly Ending[] = [
  failure(
    "ValueError('invalid literal for int() with base 10: \\'x\\'')",
    "ValueError: invalid literal for int() with base 10: 'x'",
    3,
  ),
  failure("KeyError('sku')", "KeyError: 'sku'", 3),
  failure(
    "ConnectionError('gateway.example.com:443 refused the connection')",
    'shop.gateway.errors.ConnectionError: gateway.example.com:443 refused the connection',
    4,
  ),
  failure("PaymentDeclined('card_expired', 402)", "shop.billing.errors.PaymentDeclined: ('card_expired', 402)", 4),
  // What Celery 5.2 and later say of a hard time limit: the class is only in the traceback.
  failure('ExceptionWithTraceback()', 'billiard.exceptions.TimeLimitExceeded: TimeLimitExceeded(300.0)', 1),
];

export const RETRIES: readonly Ending[] = [
  failure(
    "Retry(Retry(...), TimeoutError('read timed out'), 10)",
    "celery.exceptions.Retry: Retry in 10s: TimeoutError('read timed out')",
    4,
  ),
  failure(
    "Retry(Retry(...), ConnectionError('503'), 30)",
    "celery.exceptions.Retry: Retry in 30s: ConnectionError('503')",
    4,
  ),
];

/** The element at an index that may run past the end: it starts over. */
export function pick<T>(list: readonly T[], index: number): T {
  return list[index % list.length] as T;
}
