import { workflowInfo } from '@temporalio/workflow';

/** When the schedule meant to start this, however late it really began. */
export function nominalTime(): Date {
  const nominal = workflowInfo().searchAttributes.TemporalScheduledStartTime?.[0];
  return nominal instanceof Date ? nominal : workflowInfo().startTime;
}
