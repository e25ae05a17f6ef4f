import { TonesteerError } from "../shared/errors";
import type { Pack, PackOverride } from "../shared/pack";
import type { SteeringMethod, SteeringRequest, SteeringSpread } from "../shared/steeringRequest";
import { dot, steeringGradient } from "../steering/classifier";
import { toneWeights } from "../steering/toneWeights";
import type { PackHeads } from "./packStore";

/** What the graph must be patched with; a change of it means another graph. */
export interface GraphSteering {
  readonly method: SteeringMethod;
  readonly sites: readonly number[];
  readonly steps: number;
  readonly decay: number;
  readonly spread: SteeringSpread;
}

/** A request made definite with the pack's calibration. */
export interface SteeringPlan {
  readonly graph: GraphSteering;
  readonly weights: Float32Array; // [labels]
  /** The strength of a row of scale 1. */
  readonly alpha: number;
  /** The tone that the prompt names, if any. */
  readonly toneInstruction: string | undefined;
  /** Signed weight of each tone asked for; zeros are left out. */
  readonly tones: Readonly<Record<string, number>>;
}

/**
 * The ceiling of alpha for a number of sites. The pack states it for its own sites; displacements
 * at different blocks add up about as independent ones do, so fewer sites may go further, by the
 * square root of the ratio.
 */
export function alphaCeiling(pack: Pack, siteCount: number): number {
  return pack.steering.alphaMaximum * siteScale(pack.steering.sites.length, siteCount);
}

function siteScale(calibratedSites: number, siteCount: number): number {
  return Math.sqrt(calibratedSites / siteCount);
}

/**
 * @throws TonesteerError badRequest for unknown tones, no tone at all, sites without a classifier
 * and an alpha above the ceiling
 */
export function planSteering(request: SteeringRequest, pack: Pack, heads: PackHeads): SteeringPlan {
  const { steering } = pack;
  const tones = Object.fromEntries(
    Object.entries(request.weights).filter(([, weight]) => weight !== 0),
  );
  const method = request.method ?? steering.method;
  const { weights, strength } = toneWeights(tones, heads.labels, method);
  if (strength === 0) {
    throw bad(`Choose at least one tone to promote or suppress: ${heads.labels.join(", ")}.`);
  }
  const promoted = Object.keys(tones).filter((tone) => tones[tone]! > 0);
  const base = { ...steering, ...situation(pack, promoted.length, request) };
  const named = chooseInstruction(request, base.toneInstruction ?? false, promoted, tones);

  const sites = chooseSites(request, base.sites ?? steering.sites, pack, heads);
  const graph: GraphSteering = {
    method,
    sites,
    steps: request.steps ?? base.steps ?? steering.steps,
    decay: request.decay ?? base.decay ?? steering.decay,
    spread: request.spread ?? "recompute",
  };
  const alpha =
    request.alpha ?? calibratedAlpha(base.alpha ?? steering.alpha, graph, weights, pack, heads);
  if (graph.method !== "gradient" && graph.method !== "reflect") {
    checkCeiling(alpha, alphaCeiling(pack, sites.length), sites.length);
  }
  return { graph, weights, alpha: alpha * strength, toneInstruction: named, tones };
}

/** The pack's calibration differs by what is asked of it. */
function situation(pack: Pack, promoted: number, request: SteeringRequest): PackOverride {
  const { steering } = pack;
  if (promoted === 0) return steering.suppress;
  if (promoted > 1) return steering.several;
  const named =
    request.toneInstruction === "auto"
      ? steering.toneInstruction
      : request.toneInstruction === "on";
  return named ? {} : { toneInstruction: false, ...steering.agnostic };
}

function chooseInstruction(
  request: SteeringRequest,
  calibrated: boolean,
  promoted: readonly string[],
  tones: Readonly<Record<string, number>>,
): string | undefined {
  const wanted = request.toneInstruction === "auto" ? calibrated : request.toneInstruction === "on";
  if (!wanted || promoted.length === 0) return undefined;
  return promoted.reduce((best, tone) => (tones[tone]! > tones[best]! ? tone : best));
}

function chooseSites(
  request: SteeringRequest,
  calibrated: readonly number[],
  pack: Pack,
  heads: PackHeads,
): readonly number[] {
  const available = [...heads.sites.keys()].sort((a, b) => a - b);
  if (request.sites) {
    const unknown = request.sites.find((site) => !heads.sites.has(site));
    if (unknown !== undefined) {
      throw bad(
        `Layer ${unknown} has no classifier in this model; choose from ${available.join(", ")}.`,
      );
    }
    return [...new Set(request.sites)].sort((a, b) => a - b);
  }
  if (request.layerDepth === null) return calibrated;
  const wanted = request.layerDepth * (pack.architecture.blocks - 1);
  return [
    available.reduce((best, site) =>
      Math.abs(site - wanted) < Math.abs(best - wanted) ? site : best,
    ),
  ];
}

/**
 * The pack's alpha is a fraction of the residual's norm at its own number of sites. For other
 * numbers of sites the total stays the same (see alphaCeiling); for `gradient`, whose alpha is in
 * units of the raw gradient, it is converted at the mean activation of each site.
 */
function calibratedAlpha(
  alpha: number,
  graph: GraphSteering,
  weights: Float32Array,
  pack: Pack,
  heads: PackHeads,
): number {
  if (graph.method === "reflect") return 1;
  const { steering } = pack;
  const relative = Math.min(
    alpha * siteScale(steering.sites.length, graph.sites.length),
    alphaCeiling(pack, graph.sites.length),
  );
  if (graph.method !== "gradient") return relative;
  const ratios = graph.sites.map((site) => {
    const head = heads.sites.get(site)!;
    const g = steeringGradient(head.mean, head, weights, "mlp");
    return pack.sites[String(site)]!.norm / Math.max(Math.sqrt(dot(g, g)), 1e-6);
  });
  return (relative * ratios.reduce((a, b) => a + b, 0)) / ratios.length;
}

function checkCeiling(alpha: number, ceiling: number, siteCount: number): void {
  if (alpha <= ceiling) return;
  throw bad(
    `Alpha ${alpha} is above ${ceiling.toFixed(3)}, beyond which text breaks with ` +
      `${siteCount === 1 ? "one site" : `${siteCount} sites`}; choose a smaller one.`,
  );
}

function bad(message: string): TonesteerError {
  return new TonesteerError("badRequest", message);
}
