/** What happens to one part while it is obtained: any number of `working`, then one `ready`. */
export interface PartReport {
  readonly part: string;
  readonly state: 'working' | 'ready';
  readonly detail: string;
  readonly seconds?: number;
}

export type Report = (line: PartReport) => void;

/** Times one part's work and reports its end; `work` returns the detail to show. */
export async function reported<Result>(options: {
  part: string;
  report: Report;
  work: (working: (detail: string) => void) => Promise<{ result: Result; detail: string; wasThere: boolean }>;
}): Promise<Result> {
  const began = performance.now();
  const { part, report } = options;
  const { result, detail, wasThere } = await options.work((text) => report({ part, state: 'working', detail: text }));
  const seconds = (performance.now() - began) / 1000;
  report({ part, state: 'ready', detail, ...(wasThere ? {} : { seconds }) });
  return result;
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
