// The drop-in for OvalMoney's celery-exporter: its options, its port and its four metrics, at home where it stood.
import { ovalmoneyMetrics, PYTHON_BUCKETS } from '@celery-watch/celery-protocol';
import { type OptionsTable, type OptionValues } from '@celery-watch/service';
import { defineDropIn } from '../drop-in.js';
import { tlsConsequences } from '../tls-consequences.js';
import { ovalmoneyFamilies } from './families.js';
import { ovalmoneyAmendments, ovalmoneyOptions } from './options.js';

type Values = OptionValues<OptionsTable<typeof ovalmoneyOptions>>;

export const ovalmoney = defineDropIn({
  title: "OvalMoney's celery-exporter",
  amendments: ovalmoneyAmendments,
  options: ovalmoneyOptions,
  activate: (values) => {
    const { listen_address: address, namespace } = values;
    const { problems, consequences, tls } = useSsl(values);
    return {
      problems,
      notices:
        values.tz === undefined
          ? []
          : ['the option tz has no effect: timestamps in events are read as what they are, whatever the time zone'],
      tls: { ...tls, isOverTls: values.use_ssl },
      consequences: {
        ...consequences,
        ...(address && { port: address.port, host: address.host === '' ? undefined : address.host }),
        ...(values.verbose && { log_level: 'debug' }),
      },
      runtimeBuckets: PYTHON_BUCKETS,
      pickupBuckets: PYTHON_BUCKETS,
      metrics: Object.values(ovalmoneyMetrics),
      routes: {},
      families: (parts) => ovalmoneyFamilies(parts, namespace),
    };
  },
});

/** Its files and its check count with `--use-ssl` only, and so do they here. */
function useSsl(values: Values): ReturnType<typeof tlsConsequences> {
  if (!values.use_ssl) return { problems: [], consequences: {}, tls: {} };
  const given = {
    cert_reqs: values.ssl_verify,
    ca_certs: values.ssl_ca_certs,
    certfile: values.ssl_certfile,
    keyfile: values.ssl_keyfile,
  };
  const set = Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return tlsConsequences(Object.fromEntries(set), 'use_ssl');
}
