import { TonesteerError } from "../shared/errors";
import type { SteeringMethod } from "../shared/steeringRequest";

/** What steering needs of the tones asked for. */
export interface ToneWeights {
  /** c [labels], in label order. */
  readonly weights: Float32Array;
  /** The largest magnitude asked, 0 to 1: the alpha to steer with is alpha * strength. */
  readonly strength: number;
}

/**
 * Turns tones asked for (positive promotes, negative suppresses, magnitude 0 to 1) into weights.
 *
 * With T+ the promoted tones, T- the suppressed ones and M = max |w| over both:
 *
 *   c_k = w_k / (M |T+|) for promoted tones, w_k / (M |T-|) for suppressed ones, else 0
 *   strength = M
 *
 * Equal magnitudes give the authors' loss (arXiv 2505.24535): 1/|T+| on targets and -1/|T-| on
 * avoided labels. Unequal ones keep their proportions. `relative`, `linear` and `direction`
 * normalise the gradient or direction, so a common factor in c would be lost there; it therefore
 * leaves c and acts through alpha, for all methods alike: half of every slider is half the
 * displacement. (`gradient` is linear in alpha * c, so nothing changes for it.)
 *
 * `reflect` knows avoided labels only: promoted tones are left out, and without a suppressed tone
 * it is a `badRequest`. So are an unknown tone and a magnitude that is not from -1 to 1.
 */
export function toneWeights(
  asked: Readonly<Record<string, number>>,
  labels: readonly string[],
  method: SteeringMethod = "relative",
): ToneWeights {
  const values = new Float64Array(labels.length);
  for (const [tone, value] of Object.entries(asked)) {
    const index = labels.indexOf(tone);
    if (index < 0) throw bad(`There is no tone "${tone}"; the tones are ${labels.join(", ")}.`);
    if (!(Math.abs(value) <= 1)) {
      throw bad(`The weight of "${tone}" must be from -1 (suppress) to 1 (promote).`);
    }
    values[index] = method === "reflect" ? Math.min(value, 0) : value;
  }
  const strength = values.reduce((maximum, value) => Math.max(maximum, Math.abs(value)), 0);
  if (method === "reflect" && strength === 0 && Object.values(asked).some((value) => value > 0)) {
    throw bad(
      "The method reflect only suppresses; name a tone to suppress or take another method.",
    );
  }
  const promoted = values.filter((value) => value > 0).length;
  const suppressed = values.filter((value) => value < 0).length;
  const weights = Float32Array.from(values, (value) =>
    value === 0 ? 0 : value / (strength * (value > 0 ? promoted : suppressed)),
  );
  return { weights, strength };
}

function bad(message: string): TonesteerError {
  return new TonesteerError("badRequest", message);
}
