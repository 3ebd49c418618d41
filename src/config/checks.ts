import { Type } from 'typebox';
import { closed } from './fragments.ts';

/** `warn` is shown, `fail` holds the week until the data is right or a person says why it may go on. */
const limits = (warn: number, fail: number, bounds: { minimum?: number; maximum?: number } = { minimum: 0, maximum: 1 }) =>
  Type.Object({ warn: Type.Number({ ...bounds, default: warn }), fail: Type.Number({ ...bounds, default: fail }) }, { ...closed, default: {} });

export const ChecksSchema = Type.Object({
  /** Share of a day's records that may be quarantined before the day is `bad-rows`. */
  badRowShare: Type.Number({ minimum: 0, maximum: 1, default: 0.05 }),
  /** Share of the usual volume of the weekday, below; a day that fails is `low-volume`. 0 switches a level off. */
  volume: limits(0.3, 0.05),
  /** The older setting of the same check, without a warning; wins where it is given. */
  lowVolumeShare: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  /** Days of history before volume and names of events are judged. */
  volumeHistoryDays: Type.Integer({ minimum: 1, maximum: 365, default: 14 }),
  /** `final` where a day on which nothing happens is ordinary; `hold` makes its week wait. */
  emptyDays: Type.Union([Type.Literal('hold'), Type.Literal('final')], { default: 'hold' }),
  /** Records a day needs before shares of them are judged. */
  leastRecords: Type.Integer({ minimum: 0, default: 20 }),
  /** Share of a day's records that name no person, above. 1 switches a level off, here and where it says "above". */
  unknownPeople: limits(0.8, 0.98),
  /** Event names that every day should have. */
  expectedEvents: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { default: [] }),
  /** Share of the expected names that do not occur, above. */
  missingEvents: limits(0, 0),
  /** Share of the recent past's events that a name had which is gone while a new one of about its volume came, above. */
  renamedEvent: limits(0.05, 0.2),
  /** Rows that train, below. Without any there is no model, whatever is decided. */
  zeroLabels: limits(200, 1, { minimum: 1 }),
  /** Rows that train of the rarer kind, below. Without any there is no model. */
  oneClass: limits(20, 1, { minimum: 1 }),
  /** Share of rows on which a feature has one and the same value, and had not in the release before, above. */
  constantFeature: limits(0.995, 0.995),
  /** Share of rows on which a feature is 0, and was not in the release before, above. */
  missingFeature: limits(0.995, 0.995),
  /** Shares by which a final day may differ from Google's reports and still agree. Their people and sessions are estimates, ±1.6 % and ±3.3 % in 95 of 100 cases. */
  reconciliation: Type.Object({
    people: Type.Number({ minimum: 0, maximum: 1, default: 0.03 }),
    sessions: Type.Number({ minimum: 0, maximum: 1, default: 0.05 }),
    events: Type.Number({ minimum: 0, maximum: 1, default: 0.02 }),
  }, { ...closed, default: {} }),
}, { ...closed, default: {} });
