// Who may ask the relay for what: its webhook login, its token for metrics, and the users of the web configuration.
import {
  basicHash,
  bearerHash,
  type Credential,
  type DoorPlan,
  doorPlan,
  isLoopback,
  type WebConfig,
} from '@celery-watch/service/http-server';
import type { RelayConfig } from '../config/config.js';

type Logins = Pick<RelayConfig, 'auth' | 'listen' | 'metricsToken'>;

const HOW_TO_LOCK = 'set auth: {bearer_token_file: …} or web_config_file';

/** What the thread that reads requests is told: it knows no password, only hashes. */
export function doorOf(config: Logins, web: WebConfig): DoorPlan {
  return doorPlan(web, {
    credentials: credentialsOf(config),
    isLocal: isLoopback(config.listen.host),
    howToLock: HOW_TO_LOCK,
  });
}

/** Whoever may post or operate may read the metrics, too; who only scrapes may do no more than that. */
function credentialsOf({ auth, metricsToken }: Logins): readonly Credential[] {
  const webhook =
    auth.kind === 'none'
      ? []
      : [
          {
            kind: auth.kind,
            hash:
              auth.kind === 'bearer'
                ? bearerHash(auth.token.reveal())
                : basicHash(auth.username, auth.password.reveal()),
            locks: ['post', 'operator'],
            opens: ['post', 'operator', 'metrics', 'page'],
          } as const,
        ];
  const reads = ['metrics', 'page'] as const;
  const scraper = metricsToken && {
    kind: 'bearer' as const,
    hash: bearerHash(metricsToken.reveal()),
    locks: reads,
    opens: reads,
  };
  return scraper ? [...webhook, scraper] : webhook;
}
