/** probability = sigmoid(slope · logit + intercept). */
export interface Calibration {
  readonly slope: number;
  readonly intercept: number;
}

/** Leaves a logit as it is. */
export const identityCalibration: Calibration = { slope: 1, intercept: 0 };

/** A model that ranks worse than chance must not be turned round by its calibration: the ranking always stays. */
const MINIMUM_SLOPE = 0.01;

/**
 * Slope and intercept of least log-loss on predictions of rows the model had not seen, by Newton's method with Platt's
 * smoothed targets (Platt 1999; Lin, Lin & Weng 2007). Without rows of both labels there is nothing to learn from: identity.
 */
export function fitCalibration(logits: ArrayLike<number>, labels: ArrayLike<number>): Calibration {
  let positives = 0;
  for (let i = 0; i < labels.length; i++) positives += labels[i] === 1 ? 1 : 0;
  const negatives = labels.length - positives;
  if (positives === 0 || negatives === 0) return identityCalibration;
  const targets = Float64Array.from({ length: labels.length }, (_, i) => (labels[i] === 1 ? (positives + 1) / (positives + 2) : 1 / (negatives + 2)));

  const fitted = minimise(logits, targets, { slope: 1, intercept: 0 }, false);
  return fitted.slope >= MINIMUM_SLOPE ? fitted : minimise(logits, targets, { slope: MINIMUM_SLOPE, intercept: 0 }, true);
}

export function sigmoid(logit: number): number {
  return logit >= 0 ? 1 / (1 + Math.exp(-logit)) : Math.exp(logit) / (1 + Math.exp(logit));
}

function minimise(logits: ArrayLike<number>, targets: Float64Array, start: Calibration, isSlopeFixed: boolean): Calibration {
  let best = start;
  let bestLoss = lossOf(logits, targets, best);
  for (let iteration = 0; iteration < 50; iteration++) {
    const step = newtonStep(logits, targets, best, isSlopeFixed);
    let next = best;
    let nextLoss = Infinity;
    // The loss is convex, so some fraction of the step always helps until rounding is reached.
    for (let fraction = 1; fraction > 1e-6 && !(nextLoss < bestLoss); fraction /= 2) {
      next = { slope: best.slope - fraction * step.slope, intercept: best.intercept - fraction * step.intercept };
      nextLoss = lossOf(logits, targets, next);
    }
    if (!(nextLoss < bestLoss - 1e-12 * Math.abs(bestLoss))) return best;
    best = next;
    bestLoss = nextLoss;
  }
  return best;
}

function newtonStep(logits: ArrayLike<number>, targets: Float64Array, { slope, intercept }: Calibration, isSlopeFixed: boolean): Calibration {
  let [g1, g0, h11, h10, h00] = [0, 0, 1e-9, 0, 1e-9];
  for (let i = 0; i < targets.length; i++) {
    const logit = logits[i]!; // i < length, here and below
    const probability = sigmoid(slope * logit + intercept);
    const error = probability - targets[i]!;
    const weight = probability * (1 - probability);
    g1 += error * logit;
    g0 += error;
    h11 += weight * logit * logit;
    h10 += weight * logit;
    h00 += weight;
  }
  if (isSlopeFixed) return { slope: 0, intercept: g0 / h00 };
  const determinant = h11 * h00 - h10 * h10;
  if (!(Math.abs(determinant) > 1e-12 * h11 * h00)) return { slope: 0, intercept: g0 / h00 };
  return { slope: (h00 * g1 - h10 * g0) / determinant, intercept: (h11 * g0 - h10 * g1) / determinant };
}

/** Sum of target-weighted log-losses, written so that no exponential overflows. */
function lossOf(logits: ArrayLike<number>, targets: Float64Array, { slope, intercept }: Calibration): number {
  let loss = 0;
  for (let i = 0; i < targets.length; i++) {
    const value = slope * logits[i]! + intercept;
    loss += Math.max(value, 0) - value * targets[i]! + Math.log1p(Math.exp(-Math.abs(value)));
  }
  return loss;
}
