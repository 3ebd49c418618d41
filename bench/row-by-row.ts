// A program: the yardstick of ingest. A gzip CSV by csv-parse, and each row written by hand.
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { connectByHand, type ByHandOptions, type HandRow } from './by-hand.ts';
import { measureSelf } from './measure.ts';

const options = JSON.parse(process.argv[2] ?? '') as ByHandOptions & { file: string };

type Row = Record<'invoice' | 'quantity' | 'at' | 'price' | 'customer' | 'country', string>;

const byHand = await connectByHand(options);
await measureSelf(() => byHand.write(rowsOf(options.file)));
await byHand.dispose();

async function* rowsOf(file: string): AsyncGenerator<HandRow> {
  let line = 1;
  const rows = createReadStream(file).pipe(createGunzip()).pipe(parse({ columns: true }));
  for await (const row of rows as AsyncIterable<Row>) {
    line += 1;
    const payload = JSON.stringify(row);
    const timeMs = Date.parse(`${row.at.replace(' ', 'T')}Z`);
    if (Number.isNaN(timeMs)) yield { kind: 'rejected', file, line, reason: 'at is not a time', payload };
    else if (row.customer === '') yield { kind: 'anonymous' };
    else yield { kind: 'event', user: row.customer, timeUs: timeMs * 1000, identity: payload, name: 'purchase', value: Number(row.quantity) * Number(row.price), group: row.invoice, payload };
  }
}
