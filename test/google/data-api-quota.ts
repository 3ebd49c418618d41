import { GoogleRefusal } from './refusal.ts';

/** What is left of each quota of the stand-in's property. */
export interface QuotaLeft {
  tokensPerHour: number;
  tokensPerProjectPerHour: number;
  tokensPerDay: number;
  serverErrorsPerProjectPerHour: number;
  potentiallyThresholdedRequestsPerHour: number;
}

export interface DataApiQuota {
  readonly left: QuotaLeft;
  /** Tokens of all requests so far. */
  spent(): number;
  /** The most requests that were under way at once. */
  mostAtOnce(): number;
  /** Refuses like Google when something is used up. */
  enter(): void;
  leave(): void;
  charge(): void;
  fail(): void;
  answer(): object;
}

/** Google's own messages, as clients met them. */
export const quotaMessages = {
  concurrent: 'Exhausted concurrent requests quota. Please send fewer requests concurrently. To learn more, see https://developers.google.com/analytics/devguides/reporting/data/v1/quotas',
  hour: 'Exhausted property tokens per hour. These quota tokens will return in under an hour. To learn more, see https://developers.google.com/analytics/devguides/reporting/data/v1/quotas',
  project: 'Exhausted property tokens for a project per hour. These quota tokens will return in under an hour. To learn more, see https://developers.google.com/analytics/devguides/reporting/data/v1/quotas',
  day: 'Exhausted property tokens per day. These quota tokens will return in under 24 hours. To learn more, see https://developers.google.com/analytics/devguides/reporting/data/v1/quotas',
  thresholded: 'Exhausted potentially thresholded requests quota. This quota will refresh in under an hour. To learn more, see https://developers.google.com/analytics/devguides/reporting/data/v1/quotas',
  serverErrors: 'Exhausted server errors quota. This quota will refresh in under an hour. To learn more, see https://developers.google.com/analytics/devguides/reporting/data/v1/quotas',
} as const;

const full: QuotaLeft = { tokensPerHour: 40_000, tokensPerProjectPerHour: 14_000, tokensPerDay: 200_000, serverErrorsPerProjectPerHour: 10, potentiallyThresholdedRequestsPerHour: 120 };
const tokensOfRequest = 10;
const concurrentRequests = 10;
const hourMs = 3_600_000;

/** The quotas of a standard property, for one project. Hours begin at the full hour; the day ends at 08:00 UTC, which is right in winter. */
export function dataApiQuota(now: () => number): DataApiQuota {
  const left = { ...full };
  let [hour, day] = [-1, -1];
  let [spent, atOnce, mostAtOnce] = [0, 0, 0];
  const roll = (): void => {
    const [nextHour, nextDay] = [Math.floor(now() / hourMs), Math.floor((now() - 8 * hourMs) / (24 * hourMs))];
    if (hour !== -1 && hour !== nextHour) Object.assign(left, { ...full, tokensPerDay: left.tokensPerDay });
    if (day !== -1 && day !== nextDay) left.tokensPerDay = full.tokensPerDay;
    [hour, day] = [nextHour, nextDay];
  };
  const status = (remaining: number, consumed: number): object => ({ ...(consumed ? { consumed } : {}), ...(remaining > 0 ? { remaining } : {}) });
  return {
    left,
    spent: () => spent,
    mostAtOnce: () => mostAtOnce,
    enter() {
      roll();
      const refuse = (message: string): never => {
        throw new GoogleRefusal(429, 'RESOURCE_EXHAUSTED', message);
      };
      if (left.serverErrorsPerProjectPerHour <= 0) refuse(quotaMessages.serverErrors);
      if (left.tokensPerDay <= 0) refuse(quotaMessages.day);
      if (left.tokensPerHour <= 0) refuse(quotaMessages.hour);
      if (left.tokensPerProjectPerHour <= 0) refuse(quotaMessages.project);
      if (atOnce >= concurrentRequests) refuse(quotaMessages.concurrent);
      atOnce += 1;
      mostAtOnce = Math.max(mostAtOnce, atOnce);
    },
    leave: () => void (atOnce -= 1),
    charge() {
      spent += tokensOfRequest;
      for (const name of ['tokensPerHour', 'tokensPerProjectPerHour', 'tokensPerDay'] as const) left[name] -= tokensOfRequest;
    },
    fail: () => void (left.serverErrorsPerProjectPerHour -= 1),
    answer: () => ({
      tokensPerHour: status(left.tokensPerHour, tokensOfRequest),
      tokensPerProjectPerHour: status(left.tokensPerProjectPerHour, tokensOfRequest),
      tokensPerDay: status(left.tokensPerDay, tokensOfRequest),
      concurrentRequests: status(concurrentRequests - atOnce, 0),
      serverErrorsPerProjectPerHour: status(left.serverErrorsPerProjectPerHour, 0),
      potentiallyThresholdedRequestsPerHour: status(left.potentiallyThresholdedRequestsPerHour, 0),
    }),
  };
}
