// How a message was cut into parts, kept while it is on its way: a resend cuts it the same way and skips what arrived.

/** How much of each alert a part shows: everything, one line each, or names with numbers. */
export type Detail = 'full' | 'lines' | 'folded';

export interface PlannedPart {
  /** The alerts of the message in this part: `from` up to but without `to`. */
  readonly from: number;
  readonly to: number;
  readonly detail: Detail;
  /** Texts of an alert longer than this are visibly shortened, in characters; absent: nothing is. */
  readonly clip?: number;
  /** `ambiguous`: sent, and the answer was lost. */
  readonly state: 'waiting' | 'delivered' | 'ambiguous';
}
