import type { Past } from '../past.ts';

/** A quantity some label rules are defined by. */
export type RevealedField = 'last-activity' | 'gap';

/** One number about a person's past, and how a linear model should read it. */
export interface FeatureDefinition {
  /** Stable, snake_case: it names the dataset's column. */
  readonly name: string;
  readonly unit: 'days' | 'events' | 'groups' | 'value' | 'ratio' | 'share' | 'per week' | 'yes or no';
  /** The formula in words. */
  readonly formula: string;
  /** `log1p` is sign(x) · ln(1 + |x|), for long-tailed amounts; the trainer standardises after it. */
  readonly transform: 'none' | 'log1p';
  /** Label-defining quantities this feature is a function of, in whole or in part. */
  readonly reveals: readonly RevealedField[];
  readonly compute: (past: Past) => number;
}
