// A way to install the product: how what people install is made, and how it is tried as they would.

/** Where it is made. */
export interface Workshop {
  /** The repository's root, built. */
  readonly root: string;
  /** Where the files go that people download. Ways that come later find those of earlier ways here. */
  readonly out: string;
  /** A folder of its own for whatever else it needs; it is deleted afterwards. */
  readonly scratch: string;
  /** As in package.json. */
  readonly version: string;
  /** Says in a line what is being done. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** One figure that a trial found: `start to first answer`, `0.31 s`. */
export interface Figure {
  readonly what: string;
  readonly value: string;
}

export interface Way {
  /** What the command line calls it. */
  readonly name: string;
  /** What a person gets, in a line. */
  readonly summary: string;
  /** Ways that must have been made before. */
  readonly needs: readonly string[];
  /** Why it cannot be made or tried on this machine, and what to install for it; undefined where it can. */
  readonly cannot: () => string | undefined;
  /** Makes its files in `out`, and returns their names. Throws with a reason that a person can act on. */
  readonly make: (workshop: Workshop) => Promise<readonly string[]>;
  /** Installs what was made as a user would, on this machine, and leaves nothing behind. Throws where it fails. */
  readonly try: (workshop: Workshop) => Promise<readonly Figure[]>;
}
