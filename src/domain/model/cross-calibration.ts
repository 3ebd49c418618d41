import { fitCalibration, sigmoid } from './calibration.ts';

/** Logits stay within ± 16.1, so a model that says exactly 0 or 1 can still be calibrated. */
const margin = 1e-7;

/**
 * Probabilities as they would have been served: the rows of each snapshot calibrated by a Platt line fitted on the rows of
 * all other snapshots, so that no row helps to calibrate itself and the calibration error is not flattered by its own fit.
 * (The same people and overlapping horizons remain; two parameters cannot learn them by heart.) With one snapshot only,
 * the two halves are people with even and odd numbers. `predictions` are uncalibrated, in [0, 1].
 */
export function crossCalibrated(
  predictions: Float64Array, rows: { readonly persons: Int32Array; readonly snapshots: Int32Array; readonly labels: Uint8Array },
): Float64Array {
  const several = new Set(rows.snapshots).size > 1;
  const folds = several ? rows.snapshots : rows.persons.map((person) => person % 2);
  const logits = predictions.map(logitOf);
  const calibrated = new Float64Array(predictions.length);
  for (const fold of new Set(folds)) {
    const others = (_: number, row: number): boolean => folds[row] !== fold;
    const { slope, intercept } = fitCalibration(logits.filter(others), rows.labels.filter(others));
    for (let row = 0; row < calibrated.length; row++) {
      if (folds[row] === fold) calibrated[row] = sigmoid(slope * logits[row]! + intercept);
    }
  }
  return calibrated;
}

function logitOf(probability: number): number {
  const inside = Math.min(1 - margin, Math.max(margin, probability));
  return Math.log(inside / (1 - inside));
}
