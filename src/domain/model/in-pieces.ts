/** Long work that stops after each piece, so that whoever does it can let others go first; it returns the result. */
export type InPieces<Result> = Generator<undefined, Result, undefined>;

/** Does all pieces in one go. */
export function allAtOnce<Result>(work: InPieces<Result>): Result {
  for (;;) {
    const piece = work.next();
    if (piece.done) return piece.value;
  }
}
