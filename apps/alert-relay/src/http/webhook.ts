// A post over HTTP: its bytes, whatever its sender made of them, go to the core, and the core's answer goes back.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Refusals, requestDetails } from '@celery-watch/service/http-server';
import type { PostResponse } from '../accept/acceptor.js';
import { type Body, BodyReader } from './body.js';
import type { BodyLimits } from './body-limits.js';
import type { Core, Why } from './core.js';

/** What taking a post needs. */
export interface WebhookDependencies {
  readonly core: Pick<Core, 'accept' | 'refuseUnreadable' | 'refuseTooLarge'>;
  readonly state: () => { readonly isStopping: boolean };
  readonly limits: BodyLimits;
  readonly refusals: Refusals;
  /** Whether what is read now may have waited in its socket for long. */
  readonly stoodStill: () => boolean;
  /** Counts a post that the core has nothing to do with. */
  readonly countPost: (result: 'unavailable') => void;
}

export type TakePost = (
  request: IncomingMessage,
  response: ServerResponse,
  startName: string | undefined,
) => Promise<void>;

export function webhook({ core, state, stoodStill, limits, refusals, countPost }: WebhookDependencies): TakePost {
  const reader = new BodyReader(limits);
  return async (request, response, startName) => {
    if (state().isStopping) {
      countPost('unavailable');
      return answer(response, unavailable('the relay is stopping: try again'));
    }
    const told = await reader.with(request, (body) => answerTo(body, startName, request));
    // The sender went away: there is nobody to answer, and AlertManager tries again.
    if (told === undefined) response.destroy();
    else answer(response, told);
  };

  async function answerTo(body: Body, startName: string | undefined, request: IncomingMessage): Promise<PostResponse> {
    if (stoodStill()) {
      countPost('unavailable');
      return unavailable('the relay stood still, and this may be old: post it as it is now');
    }
    switch (body.kind) {
      case 'read':
        return core.accept(body.bytes, startName);
      case 'undecodable':
        return core.refuseUnreadable(body.bytes, body.reason);
      case 'no room':
        countPost('unavailable');
        refusals.add('busy', 'a post found no room beside others; its sender was told to try again', {
          ...requestDetails(request),
          limit: limits.bytes,
        });
        return unavailable('too much is posted at once: try again');
      case 'too large':
      case 'too many values': {
        const why = tooLarge(body, limits);
        refusals.add('too_large', 'a post is too large; people are told', { ...requestDetails(request), why: why.en });
        return core.refuseTooLarge(why);
      }
    }
  }
}

function unavailable(error: string): PostResponse {
  return { status: 503, body: { status: 'unavailable', error } };
}

function answer(response: ServerResponse, { status, body }: PostResponse): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
    })
    .end(text);
}

/** Why a body is too large, in words that end a sentence which begins with it. */
function tooLarge(
  body: Extract<Body, { kind: 'too large' | 'too many values' }>,
  { bytes, values, isByMemory }: BodyLimits,
): Why {
  if (body.kind === 'too many values')
    return {
      en: `it holds more than ${values} values, which is what this relay's memory can take`,
      zh: `其中的值超过 ${values} 个，即该中继内存所能承受的数量`,
    };
  const size = body.length === undefined ? 'more than the limit' : `${body.length} bytes`;
  const sizeZh = body.length === undefined ? '未知' : `${body.length} 字节`;
  return isByMemory
    ? {
        en: `its size, ${size}, is over ${bytes} bytes, which is what this relay's memory can take`,
        zh: `其大小（${sizeZh}）超过该中继内存所能承受的 ${bytes} 字节`,
      }
    : {
        en: `its size, ${size}, is over limits.body_bytes, which is ${bytes}`,
        zh: `其大小（${sizeZh}）超过 limits.body_bytes 的 ${bytes}`,
      };
}
