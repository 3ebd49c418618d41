const mebibyte = 2 ** 20;
const leastMebibytes = 10;

/** What BigQuery bills on demand for a query of one table that reads so many bytes: whole mebibytes, ten at the least. */
export function billedFor(bytesRead: number): number {
  return Math.max(leastMebibytes, Math.ceil(bytesRead / mebibyte)) * mebibyte;
}
