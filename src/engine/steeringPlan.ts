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
  /** No row may be steered harder; Infinity for `reflect`, whose displacement is not alpha's. */
  readonly alphaMaximum: number;
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
 * @throws TonesteerError badRequest for unknown tones, no tone at all, sites without a classifier,
 * numbers that are none and an alpha above the ceiling
 */
export function planSteering(request: SteeringRequest, pack: Pack, heads: PackHeads): SteeringPlan {
  const { steering } = pack;
  const tones = Object.fromEntries(
    Object.entries(request.weights).filter(([, weight]) => weight !== 0),
  );
  const promoted = Object.keys(tones).filter((tone) => tones[tone]! > 0);
  const base = { ...steering, ...situation(pack, promoted.length, request) };
  const method = request.method ?? base.method ?? steering.method;
  const { weights, strength } = toneWeights(tones, heads.labels, method);
  if (strength === 0) {
    throw bad(`Choose at least one tone to promote or suppress: ${heads.labels.join(", ")}.`);
  }
  const graph: GraphSteering = {
    method,
    sites: chooseSites(request, base.sites ?? steering.sites, pack, heads),
    steps: request.steps ?? base.steps ?? steering.steps,
    decay: request.decay ?? base.decay ?? steering.decay,
    spread: request.spread ?? "recompute",
  };
  const { alpha, alphaMaximum } = chooseAlpha(
    request,
    base.alpha ?? steering.alpha,
    graph,
    pack,
    alphaUnit(graph, weights, pack, heads),
  );
  return {
    graph,
    weights,
    alpha: alpha * strength,
    alphaMaximum,
    toneInstruction: chooseInstruction(request, base.toneInstruction ?? false, promoted, tones),
    tones,
  };
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
  const available = [...heads.sites.keys()]
    .filter((site) => Object.hasOwn(pack.sites, String(site)))
    .sort((a, b) => a - b);
  if (request.sites) {
    const unknown = request.sites.find((site) => !available.includes(site));
    if (unknown !== undefined) {
      throw bad(
        `Layer ${unknown} has no classifier in this model; choose from ${available.join(", ")}.`,
      );
    }
    return [...new Set(request.sites)].sort((a, b) => a - b);
  }
  if (request.layerDepth === null) return calibrated;
  if (!(request.layerDepth >= 0 && request.layerDepth <= 1)) {
    throw bad("The layer depth must be from 0 (first block) to 1 (last block).");
  }
  const wanted = request.layerDepth * (pack.architecture.blocks - 1);
  return [
    available.reduce((best, site) =>
      Math.abs(site - wanted) < Math.abs(best - wanted) ? site : best,
    ),
  ];
}

/**
 * The pack's alpha is a fraction of the residual's norm at its own number of sites; for other
 * numbers of sites the total stays the same (see alphaCeiling). An alpha that is asked for may not
 * be above the ceiling; a strength takes any alpha up to it.
 */
function chooseAlpha(
  { alpha: asked, strength = 1 }: SteeringRequest,
  calibrated: number,
  { method, sites }: GraphSteering,
  pack: Pack,
  unit: number,
): { alpha: number; alphaMaximum: number } {
  for (const value of [asked ?? 0, strength]) {
    if (!(value >= 0 && value < Infinity)) throw bad("Alpha must be a number, 0 or more.");
  }
  if (method === "reflect") return { alpha: (asked ?? 1) * strength, alphaMaximum: Infinity };
  const alphaMaximum = alphaCeiling(pack, sites.length) * unit;
  if (asked !== null && asked > alphaMaximum) {
    const shown = Math.floor(alphaMaximum * 1000) / 1000;
    throw bad(
      `Alpha ${asked} is above ${shown}, beyond which text breaks with ` +
        `${sites.length === 1 ? "one site" : `${sites.length} sites`}; choose a smaller one.`,
    );
  }
  const alpha = asked ?? calibrated * siteScale(pack.steering.sites.length, sites.length) * unit;
  return { alpha: Math.min(alpha * strength, alphaMaximum), alphaMaximum };
}

/**
 * The alpha that displaces a residual by its whole norm. For `gradient`, whose alpha is in units of
 * the raw gradient and whose steps add up, it is taken at the mean activation of each site.
 */
function alphaUnit(
  { method, sites, steps, decay }: GraphSteering,
  weights: Float32Array,
  pack: Pack,
  heads: PackHeads,
): number {
  if (method !== "gradient") return 1;
  let stepWeights = 0;
  for (let k = 0; k < steps; k++) stepWeights += decay ** k;
  const ratios = sites.map((site) => {
    const head = heads.sites.get(site)!;
    const g = steeringGradient(head.mean, head, weights, "mlp");
    return pack.sites[String(site)]!.norm / Math.max(Math.sqrt(dot(g, g)), 1e-6);
  });
  return ratios.reduce((a, b) => a + b, 0) / ratios.length / stepWeights;
}

function bad(message: string): TonesteerError {
  return new TonesteerError("badRequest", message);
}
