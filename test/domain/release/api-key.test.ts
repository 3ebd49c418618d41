import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashKey, isUsable, keyBytes, makeKey, parseKey } from '../../../src/domain/release/api-key.ts';

const random = fc.uint8Array({ minLength: keyBytes, maxLength: keyBytes });

test('a key shows its id and parses back', () => {
  fc.assert(fc.property(random, (bytes) => {
    const key = makeKey(bytes);
    assert.match(key.plain, /^almanac_k[0-9a-z]{12}_[0-9A-Za-z]{49}$/);
    assert.deepEqual(parseKey(key.plain), key);
  }));
});

test('different secrets make different keys', () => {
  fc.assert(fc.property(random, fc.integer({ min: 8, max: keyBytes - 1 }), (bytes, position) => {
    const other = Uint8Array.from(bytes);
    other[position] = (other[position] ?? 0) ^ 1;
    assert.notEqual(makeKey(bytes).plain, makeKey(other).plain);
  }));
});

test('a mistyped key is told from a wrong one by its check', () => {
  const { plain } = makeKey(new Uint8Array(keyBytes).fill(7));
  for (let position = 'almanac_'.length; position < plain.length; position++) {
    const typo = plain.slice(0, position) + (plain[position] === 'x' ? 'y' : 'x') + plain.slice(position + 1);
    assert.equal(parseKey(typo), null, `typo at ${position}`);
  }
  for (const text of ['', 'almanac_', plain.slice(1), `${plain}0`, ` ${plain}`]) assert.equal(parseKey(text), null);
});

test('the stored hash is the SHA-256 of the key', () => {
  assert.equal(hashKey('almanac'), '409e0a333bd76871853626d35492d87e5226d3a0e4788bca07261ad3436b5b93');
  assert.match(hashKey(makeKey(new Uint8Array(keyBytes)).plain), /^[0-9a-f]{64}$/);
});

test('a key is usable until it expires or is revoked', () => {
  assert.equal(isUsable({ state: 'active', expiresAtMs: null }, 5), true);
  assert.equal(isUsable({ state: 'active', expiresAtMs: 5 }, 4), true);
  assert.equal(isUsable({ state: 'active', expiresAtMs: 5 }, 5), false);
  assert.equal(isUsable({ state: 'revoked', expiresAtMs: null }, 0), false);
});

test('too few random bytes are refused', () => {
  assert.throws(() => makeKey(new Uint8Array(keyBytes - 1)), /39 random bytes; expected 40/);
});
