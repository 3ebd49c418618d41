/** People and rows of some shards, added up. */
export interface MutableCounts {
  kinds: [number, number, number, number];
  reasons: Record<string, number>;
  transitions: Record<string, number>;
  trainingRows: number;
  churnedRows: number;
}

type Counts = { readonly [Field in keyof MutableCounts]: Readonly<MutableCounts[Field]> };

export function noCounts(): MutableCounts {
  return { kinds: [0, 0, 0, 0], reasons: {}, transitions: {}, trainingRows: 0, churnedRows: 0 };
}

/** The sum of both, with names in order, so equal people give equal JSON whatever the order of shards. */
export function addCounts(a: Counts, b: Counts): MutableCounts {
  return {
    kinds: [a.kinds[0] + b.kinds[0], a.kinds[1] + b.kinds[1], a.kinds[2] + b.kinds[2], a.kinds[3] + b.kinds[3]],
    reasons: addNamed(a.reasons, b.reasons),
    transitions: addNamed(a.transitions, b.transitions),
    trainingRows: a.trainingRows + b.trainingRows,
    churnedRows: a.churnedRows + b.churnedRows,
  };
}

function addNamed(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return Object.fromEntries(names.map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}
