// Where a stream of messages goes: a connection to one kind of broker that takes them as fast as it can.

/** All of a message but its body and what differs each time; one for each emitter and routing key. */
export interface Route {
  /** What stands before the body, or before its size. */
  readonly command: Uint8Array;
  readonly tail: Uint8Array;
}

export interface Outlet {
  readonly messages: number;
  readonly bytes: number;
  /** Messages that did not reach a subscriber. */
  readonly strays: number;
  /** Whether the caller must wait before it goes on. */
  readonly isFull: boolean;
  route(nodename: string, routingKey: string): Route;
  /** Puts a message into the buffer. `body` is the first `length` bytes of what is given. */
  publish(route: Route, body: Buffer, length: number): void;
  flush(): void;
  /** Until the broker has caught up to within the window, or entirely. */
  caughtUp(entirely?: boolean): Promise<void>;
  close(): void;
}
