import { Histogram, type Registry } from 'prom-client';

/** How long answers take, by route pattern and status: never by the address as it was sent, which holds people and cursors. */
export function createRequestSeconds(registry: Registry, name: string): (route: string, status: number, seconds: number) => void {
  const seconds = new Histogram({ name, help: 'Time to answer, by route and status', labelNames: ['route', 'status'], buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5], registers: [registry] });
  // Looking labels up costs more than observing: one child for each route and status is kept.
  const children = new Map<string, ReturnType<typeof seconds.labels>>();
  return (route, status, value) => {
    const key = `${status} ${route}`;
    let child = children.get(key);
    if (!child) children.set(key, (child = seconds.labels(route, String(status))));
    child.observe(value);
  };
}
