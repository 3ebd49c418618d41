/** What a key has left after a request. */
export interface Allowance {
  readonly isAllowed: boolean;
  readonly remaining: number;
  /** Seconds until the whole quota is there again. */
  readonly resetSeconds: number;
  /** Seconds until one request is allowed again. */
  readonly retrySeconds: number;
}

const prunedAbove = 1_000;

/** A token bucket for each key: a minute's quota may be spent in one burst and comes back evenly. */
export function createRateLimit(requestsPerMinute: number, nowMs: () => number = () => performance.now()): (keyId: string) => Allowance {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  const tokensPerMs = requestsPerMinute / 60_000;
  const prune = (now: number): void => {
    for (const [keyId, bucket] of buckets) if (bucket.tokens + (now - bucket.atMs) * tokensPerMs >= requestsPerMinute) buckets.delete(keyId);
  };

  return (keyId) => {
    const now = nowMs();
    if (buckets.size > prunedAbove) prune(now);
    let bucket = buckets.get(keyId);
    if (!bucket) buckets.set(keyId, (bucket = { tokens: requestsPerMinute, atMs: now }));
    bucket.tokens = Math.min(requestsPerMinute, bucket.tokens + (now - bucket.atMs) * tokensPerMs);
    bucket.atMs = now;
    const isAllowed = bucket.tokens >= 1;
    if (isAllowed) bucket.tokens -= 1;
    return {
      isAllowed,
      remaining: Math.floor(bucket.tokens),
      resetSeconds: Math.ceil((requestsPerMinute - bucket.tokens) / tokensPerMs / 1000),
      retrySeconds: Math.max(1, Math.ceil((1 - bucket.tokens) / tokensPerMs / 1000)),
    };
  };
}
