// What the core answers the HTTP side: posts by the acceptor, the page of metrics, readiness, and what operators ask.
import { CONTENT_TYPES, negotiate } from '@celery-watch/metrics';
import type { HttpRefusals, Log } from '@celery-watch/service';
import type { Acceptor } from '../accept/acceptor.js';
import type { RelayMetrics } from '../metrics/relay-metrics.js';
import type { Outbox } from '../outbox/index.js';
import type { Core } from './core.js';
import { answerFrom, NOT_FOR_CACHES, text, type CorePaths, type Reply } from './core-paths.js';
import { operatorPaths, type OperatorDependencies } from './operator.js';
import { recordPaths } from './records.js';

export interface CoreDependencies extends OperatorDependencies {
  readonly acceptor: Acceptor;
  readonly metrics: RelayMetrics;
  readonly isStopping: () => boolean;
  readonly refusals: HttpRefusals;
  readonly log: Log;
}

export function coreOf(deps: CoreDependencies): Core {
  const { acceptor, metrics, outbox, isStopping, refusals, log } = deps;
  const paths: CorePaths = {
    'GET /readyz': () => (isStopping() ? notReady('stopping') : readiness(outbox, acceptor.trouble)),
    'GET /metrics': ({ accept }) => page(accept),
    ...operatorPaths(deps),
    ...recordPaths(deps),
  };
  return {
    accept: (body, startName) => acceptor.accept(body, startName),
    refuseUnreadable: (body, reason) => acceptor.refuseUnreadable(body, reason),
    refuseTooLarge: async (why) => {
      const answer = await acceptor.refuseTooLarge(why);
      metrics.posts.with(answer.status === 413 ? 'refused' : 'unavailable').inc();
      return answer;
    },
    answer: (request) => answerFrom(paths, request, refusals),
  };

  async function page(accept: string | undefined): Promise<Reply> {
    const format = negotiate(accept);
    const figures = await outbox.figures().catch((error: unknown) => {
      log.error({ err: error }, 'the figures of the outbox could not be read');
      return undefined;
    });
    return {
      status: 200,
      headers: { 'content-type': CONTENT_TYPES[format], ...NOT_FOR_CACHES },
      body: await metrics.page(format, figures),
    };
  }
}

/** @param trouble why the last post could not be stored */
async function readiness(outbox: Outbox, trouble: string | undefined): Promise<Reply> {
  try {
    await outbox.note('ready', 'yes');
    const lost = await outbox.lost();
    if (lost === undefined && trouble !== undefined) return notReady(`the last post could not be stored: ${trouble}`);
    return lost === undefined ? text(200, 'ready\n', NOT_FOR_CACHES) : notReady(`nothing is stored to stay: ${lost}`);
  } catch (error) {
    return notReady(`nothing can be stored: ${(error as Error).message}`);
  }
}

function notReady(why: string): Reply {
  return text(503, `${why}\n`, NOT_FOR_CACHES);
}
