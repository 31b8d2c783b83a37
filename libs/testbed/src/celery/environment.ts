// What workers and clients run in: the Python and its Celery, the truth application, and the broker to connect to.
import { fileURLToPath } from 'node:url';

export interface Broker {
  /** A URL that Celery connects with as it is; with TLS it names the certificates in its query. */
  readonly celeryUrl: string;
  /** Transport options that the URL cannot do without, such as Sentinel's master_name. */
  readonly transportOptions?: Readonly<Record<string, unknown>> | undefined;
  /** Celery settings that it takes to connect, such as broker_use_ssl, which no URL of RabbitMQ can say. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
}

export type BrokerAddress = string | Broker;

function brokerEnvironment(
  address: BrokerAddress,
  transportOptions: Readonly<Record<string, unknown>> = {},
): Record<string, string> {
  const broker: Broker = typeof address === 'string' ? { celeryUrl: address } : address;
  return {
    BROKER_URL: broker.celeryUrl,
    TRANSPORT_OPTIONS: JSON.stringify({ ...broker.transportOptions, ...transportOptions }),
  };
}

/** Debian's, or the one that `npm run test:matrix` names. */
export const PYTHON = process.env['CELERY_PYTHON'] ?? '/usr/bin/python3';
const APPLICATION = fileURLToPath(new URL('../../celery-app/', import.meta.url));

export interface PythonSettings {
  readonly broker: BrokerAddress;
  readonly transportOptions: Readonly<Record<string, unknown>> | undefined;
  /** Whether sending says `task-sent`; undefined leaves that to the settings, and else to Celery. */
  readonly sendSentEvent: boolean | undefined;
  readonly settings: Readonly<Record<string, unknown>> | undefined;
  readonly truthFile: string;
  readonly env: Readonly<Record<string, string | undefined>> | undefined;
}

/** What the truth application reads, and what keeps Python from writing into our sources. */
export function pythonEnvironment(settings: PythonSettings): Record<string, string | undefined> {
  const { sendSentEvent } = settings;
  return {
    ...brokerEnvironment(settings.broker, settings.transportOptions),
    SETTINGS: JSON.stringify({
      ...(typeof settings.broker === 'object' && settings.broker.settings),
      ...(sendSentEvent !== undefined && { task_send_sent_event: sendSentEvent }),
      ...settings.settings,
    }),
    TRUTH_FILE: settings.truthFile,
    PYTHONPATH: APPLICATION,
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
    // The worker refuses pickle for root, and containers run tests as root.
    C_FORCE_ROOT: '1',
    ...settings.env,
  };
}
