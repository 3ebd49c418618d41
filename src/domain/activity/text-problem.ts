const longestFieldBytes = 1024 * 1024;
// Escapes that JSON writes for NUL and for surrogates without their partner, and the mark of bytes that were not UTF-8.
const suspicious = /\\u(?:0000|[dD][89a-fA-F])|\uFFFD/;

/**
 * Why a row's text must not be stored, or null: a field of 1 MiB or more, NUL, a surrogate without its partner, bytes
 * that were not UTF-8. `payload` is the row as JSON; its values are walked only when the JSON looks suspicious.
 */
export function textProblem(payload: string, values: () => unknown): string | null {
  if (payload.length * 3 < longestFieldBytes && !suspicious.test(payload)) return null;
  return problemOf(values());
}

function problemOf(value: unknown): string | null {
  if (typeof value === 'string') return problemOfText(value);
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, member] of Object.entries(value)) {
    const problem = problemOf(member) ?? (Array.isArray(value) ? null : problemOfText(name));
    if (problem) return problem;
  }
  return null;
}

function problemOfText(text: string): string | null {
  if (text.length * 3 >= longestFieldBytes && utf8Length(text) >= longestFieldBytes) return 'a field has 1 MiB or more';
  if (text.includes('\0')) return 'a field holds NUL';
  if (!text.isWellFormed()) return 'a field holds half a surrogate pair';
  if (text.includes('\uFFFD')) return 'a field holds bytes that are not UTF-8';
  return null;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    // Each half of a surrogate pair counts two of its four bytes.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
  }
  return bytes;
}
