/**
 * Order of two ids as a store orders text: by the bytes of their UTF-8. JavaScript's `<` compares UTF-16 units, which
 * puts surrogate pairs before U+E000…U+FFFF; everything else agrees.
 */
export function compareUsers(a: string, b: string): number {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
