/** Probabilities are kept this far from 0 and 1 before a logarithm, so one sure mistake costs 34.5 and not infinity. */
const margin = 1e-15;

/** Mean of −ln of the probability given to what happened, in nats. `probabilities` are of label 1. NaN when empty. */
export function logLoss(probabilities: ArrayLike<number>, labels: ArrayLike<number>): number {
  return mean(probabilities, labels, rowLogLoss);
}

/** Mean squared difference of probability and label (Brier 1950), 0 best. NaN when empty. */
export function brier(probabilities: ArrayLike<number>, labels: ArrayLike<number>): number {
  return mean(probabilities, labels, rowBrier);
}

export function rowLogLoss(probability: number, label: number): number {
  const given = label === 1 ? probability : 1 - probability;
  return -Math.log(Math.min(1 - margin, Math.max(margin, given)));
}

export function rowBrier(probability: number, label: number): number {
  return (probability - label) ** 2;
}

/** The loss summed over the rows of each unit: with it a weighted mean costs one step a unit. */
export function lossOfUnits(
  probabilities: Float64Array, labels: Uint8Array, units: Int32Array, unitCount: number, loss: (probability: number, label: number) => number,
): Float64Array {
  const sums = new Float64Array(unitCount);
  for (let row = 0; row < labels.length; row++) sums[units[row]!]! += loss(probabilities[row]!, labels[row]!);
  return sums;
}

function mean(probabilities: ArrayLike<number>, labels: ArrayLike<number>, loss: (probability: number, label: number) => number): number {
  let sum = 0;
  for (let row = 0; row < labels.length; row++) sum += loss(probabilities[row]!, labels[row]!);
  return sum / labels.length;
}
