/** What Google admits to have done to a report. */
export type ReportMark = 'dataLossFromOtherRow' | 'sampling' | 'thresholding' | 'truncation';

/** The part of a report's metadata that says how far it can be believed. */
export interface ReportMetadata {
  readonly dataLossFromOtherRow?: boolean | null;
  readonly samplingMetadatas?: readonly unknown[] | null;
  readonly subjectToThresholding?: boolean | null;
  readonly dataTruncationReasons?: readonly unknown[] | null;
}

const meanings: Readonly<Record<ReportMark, string>> = {
  dataLossFromOtherRow: 'dataLossFromOtherRow: rows beyond a limit were put together as "(other)"',
  sampling: 'samplingMetadatas: only a sample of the events was counted',
  thresholding: 'subjectToThresholding: rows of few people were left out',
  truncation: 'dataTruncationReasons: the report was cut off',
};

/** The marks of a report, each once, in a fixed order; none for a report that is whole and exact. */
export function marksOf(metadata: ReportMetadata | null | undefined): ReportMark[] {
  const marks: ReportMark[] = [];
  if (metadata?.dataLossFromOtherRow) marks.push('dataLossFromOtherRow');
  if ((metadata?.samplingMetadatas?.length ?? 0) > 0) marks.push('sampling');
  if (metadata?.subjectToThresholding) marks.push('thresholding');
  if ((metadata?.dataTruncationReasons?.length ?? 0) > 0) marks.push('truncation');
  return marks;
}

/** Why a marked report says nothing about single people; null for one without marks. */
export function personRefusal(marks: readonly ReportMark[]): string | null {
  return marks.length === 0 ? null : `the report cannot be used person by person (${marks.map((mark) => meanings[mark]).join('; ')}); link the property to BigQuery and use the export`;
}
