import { weekdayOfDayNumber } from '../local-time.ts';
import { sumOver, type Past } from '../past.ts';
import type { FeatureDefinition } from './definition.ts';

const HOUR_BANDS = [
  { name: 'night', from: 0, to: 6 },
  { name: 'morning', from: 6, to: 12 },
  { name: 'afternoon', from: 12, to: 18 },
] as const;

/** ISO weekdays; Sunday is what the others leave. */
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/** When in the week and in the day a person is active, on the property's wall clock. */
export const rhythmFeatures: readonly FeatureDefinition[] = [
  ...WEEKDAYS.map((weekday, index): FeatureDefinition => ({
    name: `${weekday}_share`, unit: 'share', transform: 'none', reveals: [],
    formula: `share of active days that are a ${weekday}`,
    compute: (past) => shareOfWeekday(past, index + 1),
  })),
  {
    name: 'weekday_concentration', unit: 'share', transform: 'none', reveals: [],
    formula: 'sum over weekdays of the squared share of active days: 1/7 when even, 1 when always the same (Herfindahl index)',
    compute: (past) => [1, 2, 3, 4, 5, 6, 7].reduce((sum, weekday) => sum + shareOfWeekday(past, weekday) ** 2, 0),
  },
  ...HOUR_BANDS.map((band): FeatureDefinition => ({
    name: `${band.name}_share`, unit: 'share', transform: 'none', reveals: [],
    formula: `share of events from ${band.from}:00 to ${band.to}:00 local time`,
    compute: (past) => sumOver(past, (index) => (past.timeline.hours[index]! >= band.from && past.timeline.hours[index]! < band.to ? 1 : 0)) / past.count,
  })),
];

function shareOfWeekday(past: Past, weekday: number): number {
  return past.activeDays.filter((day) => weekdayOfDayNumber(day) === weekday).length / past.activeDays.length;
}
