import type { LadderResult } from "../shared/engineProtocol";
import type { Pack } from "../shared/pack";
import type { SteeringRequest } from "../shared/steeringRequest";
import type { GeneratedRow } from "./generate";
import type { PackHeads } from "./packStore";
import type { PassageReader } from "./passageReader";
import type { PassageRewriter } from "./passageRewriter";
import { greedySampling } from "./sampling";
import { planSteering, type SteeringPlan } from "./steeringPlan";
import type { Candidate, UnitOptions, UnitRewriter } from "./unitRewriter";

export interface LadderWriter {
  readonly units: UnitRewriter;
  readonly passages: PassageRewriter;
  readonly reader: PassageReader;
}

/**
 * The plan of a rung: the tones as asked (sign 1) or turned round (sign -1). No tone is named, since
 * all rungs share one prompt.
 */
export function planLadder(
  request: SteeringRequest,
  sign: number,
  pack: Pack,
  heads: PackHeads,
): SteeringPlan {
  const weights = Object.fromEntries(
    Object.entries(request.weights).map(([tone, weight]) => [tone, sign * weight]),
  );
  return planSteering({ ...request, weights, toneInstruction: "off" }, pack, heads);
}

/**
 * The same passage at several strengths, one row each over one prompt. A rung whose unit does not
 * pass keeps that unit's source.
 */
export async function writeLadder(
  prose: string,
  strengths: readonly number[],
  planAt: (sign: number) => SteeringPlan,
  { units, passages, reader }: LadderWriter,
  options: UnitOptions,
): Promise<LadderResult["rungs"]> {
  const rungs = strengths.map((strength) => ({
    strength,
    plan: planAt(Math.sign(strength) || 1),
    text: "",
    roundTrips: [] as number[],
  }));
  const steered = rungs.filter(({ strength }) => strength !== 0);
  for (const unit of passages.split(prose)) {
    const draft = await units.startDraft(unit.text, undefined, options);
    const rows = await draft(
      steered.map(({ strength, plan }) => ({
        weights: plan.weights,
        alpha: plan.alpha * Math.abs(strength),
        sampling: greedySampling,
        seed: options.generation.seed,
      })),
    );
    for (const rung of rungs) {
      const row = rows[steered.indexOf(rung)];
      const best = row && (await passing(units, unit.text, row, { ...options, plan: rung.plan }));
      if (best?.roundTrip != null) rung.roundTrips.push(best.roundTrip);
      rung.text += (best?.text ?? unit.text) + unit.separator;
    }
  }
  const readings = await reader.tones(
    prose,
    rungs.map(({ text }) => text),
  );
  return rungs.map(({ strength, text, roundTrips }, i) => ({
    strength,
    text,
    changed: text !== prose,
    roundTrip:
      roundTrips.length > 0 ? roundTrips.reduce((a, b) => a + b, 0) / roundTrips.length : null,
    tones: { ...readings[i]!.probabilities },
  }));
}

async function passing(
  units: UnitRewriter,
  source: string,
  row: GeneratedRow,
  options: UnitOptions,
): Promise<Candidate | undefined> {
  const candidates = await units.judge(source, [row], options);
  return units.choose(candidates, options).accepted[0];
}
