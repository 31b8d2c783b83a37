// The core as the thread that answers HTTP has it: each question goes over the port, and its answer comes back.
import type { MessagePort } from 'node:worker_threads';
import type { PostResponse } from '../accept/acceptor.js';
import type { Core, CoreAnswer, CoreRequest, Why } from './core.js';
import type { Question, ToFront } from './front-messages.js';

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

type Answer = Extract<ToFront, { readonly kind: 'answer' | 'failure' }>;

export class CoreOverPort implements Core {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  /** An answer has come. */
  hear(answer: Answer): void {
    const asked = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.kind === 'answer') asked?.resolve(answer.value as never);
    else asked?.reject(answer.error);
  }

  accept(body: Uint8Array, startName?: string): Promise<PostResponse> {
    return this.#ask({ name: 'accept', given: [body, startName] }, body);
  }

  refuseUnreadable(body: Uint8Array, reason: string): Promise<PostResponse> {
    return this.#ask({ name: 'refuseUnreadable', given: [body, reason] }, body);
  }

  refuseTooLarge(why: Why): Promise<PostResponse> {
    return this.#ask({ name: 'refuseTooLarge', given: [why] });
  }

  answer(request: CoreRequest): Promise<CoreAnswer> {
    return this.#ask({ name: 'answer', given: [request] }, request.body);
  }

  #ask<T>(question: Question, body?: Uint8Array): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const id = ++this.#last;
      this.#waiting.set(id, { resolve, reject });
      this.#port.postMessage({ kind: 'ask', id, question }, ownMemory(body));
    });
  }
}

/** Bytes that have their memory to themselves are handed over, not copied. */
function ownMemory(body: Uint8Array | undefined): ArrayBuffer[] {
  if (!(body?.buffer instanceof ArrayBuffer)) return [];
  return body.byteLength === body.buffer.byteLength ? [body.buffer] : [];
}
