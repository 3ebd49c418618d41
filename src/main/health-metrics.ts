import { Gauge, type Registry } from 'prom-client';
import type { HealthState } from '../domain/health/judge-round.ts';

/** Health of the parts as the last round saw it. Where Temporal does not answer, nothing else is known but that. */
export function createHealthMetrics({ registry, read }: { registry: Registry; read: () => Promise<HealthState | null> }): { refresh(): Promise<void> } {
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['part'], registers: [registry] });
  const up = gauge('almanac_part_up', '1 when the part answered the last time it was looked at');
  const restarts = gauge('almanac_part_restarts_asked', 'How often the part was started again because it did not answer');
  const needsPerson = gauge('almanac_part_needs_person', '1 when people were told that the part needs one');
  return {
    async refresh() {
      const health = await read().catch(() => undefined);
      for (const each of [up, restarts, needsPerson]) each.reset();
      if (health === undefined) up.set({ part: 'temporal' }, 0);
      for (const { part, isUp, askedEver, incident } of health?.parts ?? []) {
        up.set({ part }, isUp ? 1 : 0);
        restarts.set({ part }, askedEver);
        needsPerson.set({ part }, incident?.needsPerson ? 1 : 0);
      }
    },
  };
}
