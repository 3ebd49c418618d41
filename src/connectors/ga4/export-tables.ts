import { tableOf, type TableKind } from '../../domain/activity/ga4/day-tables.ts';
import { Failure } from '../../domain/failure.ts';
import type { Day } from '../../domain/calendar/day.ts';
import type { TableField } from '../../domain/activity/ga4/wire-row.ts';
import type { BigQuery } from './bigquery.ts';
import type { Question } from './translate-google-error.ts';

/** Where the export lies and who pays for queries. */
export interface ExportPlace {
  readonly project: string;
  readonly dataset: string;
  readonly billingProject: string;
}

export interface ExportTable {
  readonly id: string;
  /** Table, time of its last change and size: another version is another content, the same version the same. */
  readonly version: string;
  readonly bytes: number;
  /** With those that streaming has brought and not filed yet, as far as Google says. */
  readonly rows: number;
  readonly location: string;
  readonly fields: readonly TableField[];
}

export interface ExportTables {
  /** A version that somebody saw, in this process or another: an answer from before it is refused from now on. */
  remember(version: string): void;
  /** The table as it is now; null where there is none. Free of charge. */
  find(kind: TableKind, day: Day, signal?: AbortSignal): Promise<ExportTable | null>;
}

const remembered = 2000;

/** Looks at the tables of an export. An answer older than one that was seen before is no answer (`source-unavailable`). */
export function createExportTables({ bigQuery, place }: { bigQuery: BigQuery; place: ExportPlace }): ExportTables {
  const newest = new Map<string, number>();
  const saw = (id: string, modified: number): void => {
    if (newest.size >= remembered) newest.clear();
    newest.set(id, Math.max(modified, newest.get(id) ?? 0));
  };
  return {
    remember(version) {
      const [, id, modified] = /^([^@]+)@(\d+)\//.exec(version) ?? [];
      if (id !== undefined) saw(id, Number(modified));
    },
    async find(kind, day, signal) {
      const id = tableOf(kind, day);
      const question = questionOf(place, id);
      const { data } = await bigQuery.ask({ ...question, prepared: [404], signal }, (api, options) =>
        api.tables.get({ projectId: place.project, datasetId: place.dataset, tableId: id }, options));
      if (!data) return null;
      const { lastModifiedTime, numRows, numBytes, location, schema, streamingBuffer } = data;
      const modified = Number(lastModifiedTime);
      if (!lastModifiedTime || !Number.isFinite(modified)) throw new Failure('source-unavailable', `Google's answer for ${question.what} has no time of last change`, { isFinal: false });
      if (modified < (newest.get(id) ?? 0)) throw new Failure('source-unavailable', `Google's answer for ${question.what} is older than one that was read before; it is asked again`, { isFinal: false });
      saw(id, modified);
      // A table that is streamed to grows before its time of last change moves.
      const streamed = streamingBuffer?.estimatedRows ? `+${streamingBuffer.estimatedRows}` : '';
      return { id, version: `${id}@${lastModifiedTime}/${numRows ?? ''}/${numBytes ?? ''}${streamed}`, bytes: Number(numBytes ?? 0), rows: Number(numRows ?? 0) + Number(streamingBuffer?.estimatedRows ?? 0), location: location ?? '', fields: (schema?.fields ?? []) as TableField[] };
    },
  };
}

export function questionOf({ project, dataset }: ExportPlace, table: string): Question {
  return { what: `table ${dataset}.${table} of project ${project}`, permission: viewerOf({ project, dataset }) };
}

export function viewerOf({ project, dataset }: Pick<ExportPlace, 'project' | 'dataset'>): string {
  return `BigQuery Data Viewer (roles/bigquery.dataViewer) on dataset ${project}.${dataset}`;
}

export function payerOf({ billingProject }: Pick<ExportPlace, 'billingProject'>): string {
  return `BigQuery Job User (roles/bigquery.jobUser) on project ${billingProject}`;
}
