import type { History } from '@temporalio/common/lib/proto-utils.js';

/**
 * A history as a list of lines: steps by their names (one word), `child <workflow>`, `timer <seconds> s` and `timer cancelled`,
 * `signal <name>` and `update <name>` as they came in. Reports of stages between a revision and its week are left out.
 */
export function storyOf({ events }: History): string[] {
  return (events ?? []).flatMap((event) => {
    if (event.activityTaskScheduledEventAttributes) return [String(event.activityTaskScheduledEventAttributes.activityType?.name)];
    if (event.startChildWorkflowExecutionInitiatedEventAttributes) return [`child ${event.startChildWorkflowExecutionInitiatedEventAttributes.workflowType?.name}`];
    if (event.timerStartedEventAttributes) return [`timer ${Number(event.timerStartedEventAttributes.startToFireTimeout?.seconds)} s`];
    if (event.timerCanceledEventAttributes) return ['timer cancelled'];
    if (event.workflowExecutionCancelRequestedEventAttributes) return ['cancel asked for'];
    if (event.requestCancelExternalWorkflowExecutionInitiatedEventAttributes) return ['cancel another'];
    if (event.workflowExecutionContinuedAsNewEventAttributes) return ['continued as new'];
    const signal = event.workflowExecutionSignaledEventAttributes?.signalName;
    if (signal && signal !== 'stage') return [`signal ${signal}`];
    const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name;
    return update ? [`update ${update}`] : [];
  });
}
