/** 1 churned veteran · 2 engaged veteran · 3 recent and predictable · 4 too recent. */
export type Kind = 1 | 2 | 3 | 4;

/** How a label is given to somebody whose horizon has passed. `horizon` is the default; the others are older definitions. */
export type LabelRule =
  | { readonly kind: 'horizon' }
  | { readonly kind: 'fixed-days'; readonly days: number }
  | { readonly kind: 'mean-gap' };

/** What a property means by churn. */
export interface ChurnRule {
  /** H: days a prediction looks ahead. */
  readonly horizonDays: number;
  /** M: days a person must have been seen before anything is said. */
  readonly minimumHistoryDays: number;
  /** Events before the cut that a person of kind 3 must have. */
  readonly minimumEvents: number;
  readonly label: LabelRule;
  readonly trainOn: 'pooled-snapshots' | 'all-veterans';
  /** How many weekly snapshots back from T − H may train. */
  readonly maximumSnapshotWeeks: number;
}
