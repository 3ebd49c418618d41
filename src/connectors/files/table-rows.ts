import { textProblem } from '../../domain/activity/text-problem.ts';
import { Failure } from '../../domain/failure.ts';
import { problemRecord, type FileRecord } from './file-records.ts';

/** Builds records of a table whose first row names its columns. */
export interface TableRows {
  record(line: number, fields: readonly string[], text: string): FileRecord;
}

/** Fails with `day-bad-rows` when a wanted column is not in the header, or a name stands there twice. */
export function tableRows(header: readonly string[], columns: readonly string[], file: string): TableRows {
  const names = header.map((name) => name.trim());
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Failure('day-bad-rows', `${file} has two columns named "${twice}"; expected every name once`);
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length > 0) throw new Failure('day-bad-rows', `${file} has no column ${missing.map((name) => `"${name}"`).join(', ')}; it has ${names.map((name) => `"${name}"`).join(', ')}`);
  const places = columns.map((column) => names.indexOf(column));
  const keys = names.map((name) => JSON.stringify(name));
  return {
    record(line, fields, text) {
      if (fields.length !== names.length) return problemRecord(line, text, `ragged line: ${fields.length} fields, expected ${names.length}`);
      let payload = '{';
      for (let at = 0; at < keys.length; at += 1) payload += `${at === 0 ? '' : ','}${keys[at] as string}:${JSON.stringify(fields[at])}`;
      payload += '}';
      const problem = textProblem(payload, () => fields);
      return problem ? problemRecord(line, text, problem) : { line, payload, cells: places.map((place) => fields[place] as string), problem: null };
    },
  };
}
