import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { statusText } from '../../src/main/cli/status.ts';
import type { DaysReport } from '../../src/main/cli/status-report.ts';

const days = (compared: DaysReport['compared']): DaysReport => ({ lastFinal: '2026-01-04', daysBehind: 0, hasEnded: false, failed: [], warned: [], unseen: 0, firstUnseen: null, compared });
const text = (compared: DaysReport['compared']): string => statusText({ parts: [], properties: [{ property: 'site', days: days(compared), weeks: [], retiredWeeks: 0, firstWeek: { week: '2026-W13', day: '2026-03-30' }, schedules: [] }] });

suite('the status of days that are compared', () => {
  test('shows the newest comparison and names the days that differ; is silent where nothing is compared', () => {
    const shown = text({ last: 'day 2026-01-04 differs from Google\'s report, stored / reported: people 10 / 20', differing: ['2026-01-02', '2026-01-04'] });
    assert.match(shown, /people 10 \/ 20\n\s*2 of the last 28 days differ from Google's reports: 2026-01-02, 2026-01-04/);
    assert.doesNotMatch(text({ last: null, differing: [] }), /Google/);
  });
});

test('the status of a property without a week says which can be the first', () => {
  assert.match(text({ last: null, differing: [] }), /^ {2}no week yet; first week that can be built: 2026-W13, on 2026-03-30$/m);
});
