import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatCursor, parseCursor } from '../../../src/domain/release/cursor.ts';

const release = { week: '2011-W48', revision: 2 };

test('a cursor comes back as it was written, for any user id', () => {
  fc.assert(fc.property(fc.nat(), fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }), (shard, afterUser) => {
    const cursor = { release, shard, ...(afterUser === undefined ? {} : { afterUser }) };
    const text = formatCursor('shop', cursor);
    assert.match(text, /^[A-Za-z0-9_-]+$/);
    assert.deepEqual(parseCursor('shop', text), cursor);
  }));
});

test('a cursor of another property, a damaged one and anything else are refused', () => {
  const text = formatCursor('shop', { release, shard: 3, afterUser: '17850' });
  assert.equal(parseCursor('other', text), null);
  assert.equal(parseCursor('shop', text.slice(0, -2)), null);
  assert.equal(parseCursor('shop', `A${text.slice(1)}`), null);
  assert.equal(parseCursor('shop', `${text}=`), null);
  fc.assert(fc.property(fc.string(), (anything) => { assert.equal(parseCursor('shop', anything), null); }));
});
