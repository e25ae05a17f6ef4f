import type { LadderResult } from "../shared/engineProtocol";
import type { Pack } from "../shared/pack";
import type { SteeringRequest } from "../shared/steeringRequest";
import type { GeneratedRow } from "./generate";
import type { PackHeads } from "./packStore";
import type { PassageReader } from "./passageReader";
import { isWritable, type PassageRewriter } from "./passageRewriter";
import { greedySampling } from "./sampling";
import { planSteering, type SteeringPlan } from "./steeringPlan";
import type { Candidate, UnitOptions, UnitRewriter } from "./unitRewriter";

export interface LadderWriter {
  readonly units: UnitRewriter;
  readonly passages: PassageRewriter;
  readonly reader: PassageReader;
}

/**
 * The plans of the rungs: the tones as asked (sign 1) and turned round (sign -1). No tone is named,
 * and both steer alike, since all rungs share one prompt and one graph.
 */
export function planLadder(
  request: SteeringRequest,
  pack: Pack,
  heads: PackHeads,
): (sign: number) => SteeringPlan {
  const unnamed: SteeringRequest = { ...request, toneInstruction: "off" };
  const asked = planSteering(unnamed, pack, heads);
  const { method, sites, steps, decay, spread } = asked.graph;
  return (sign) => {
    if (sign >= 0) return asked;
    const weights = Object.fromEntries(
      Object.entries(request.weights).map(([tone, weight]) => [tone, -weight]),
    );
    const same = { method, sites: [...sites], steps, decay, spread };
    return planSteering({ ...unnamed, ...same, weights }, pack, heads);
  };
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
    const draft = isWritable(unit)
      ? await units.startDraft(unit.text, undefined, options)
      : async () => [];
    const rows: GeneratedRow[] = await draft(
      steered.map(({ strength, plan }) => ({
        weights: plan.weights,
        alpha: Math.min(plan.alpha * Math.abs(strength), plan.alphaMaximum),
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
  const readings = await reader.tonesAlone(
    rungs.map(({ text }) => text),
    options.signal,
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
