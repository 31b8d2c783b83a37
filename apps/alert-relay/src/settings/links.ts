// Where people reach what messages lead to.

/** Addresses that only people know; each undefined where nobody gave it, and no link is made then. Plain data. */
export interface Links {
  /** The relay itself, as people reach it: its runbooks lie below. */
  readonly externalUrl: string | undefined;
  readonly grafanaUrl: string | undefined;
  /** Where the repository is read in which runbooks that are paths stand: they become links below it. */
  readonly runbookBase: string | undefined;
}

export const NO_LINKS: Links = { externalUrl: undefined, grafanaUrl: undefined, runbookBase: undefined };
