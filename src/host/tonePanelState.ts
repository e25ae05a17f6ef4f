import * as v from "valibot";
import { Pack } from "../shared/pack";
import type { PanelPack, PanelRun, PanelState, SteeringChoice } from "../shared/panelProtocol";
import type { ToneWeights } from "../shared/steeringRequest";
import type { EngineState } from "./engineState";
import type { RewriteState } from "./rewriteService";
import type { Settings } from "./settings";

/** How the host's own things look in the panel's state. All of it pure. */

/** What the panel tells of a pack, and what turns its percentages into alphas. */
export interface KnownPack {
  readonly shown: PanelPack;
  readonly alphaMaximum: number;
}

/** Throws for a text that is not a pack.json. */
export function knownPack(json: string): KnownPack {
  const { title, tones, architecture, sites, steering } = v.parse(Pack, JSON.parse(json));
  const last = Math.max(1, architecture.blocks - 1);
  return {
    alphaMaximum: steering.alphaMaximum,
    shown: {
      title,
      tones: tones.map(({ id, title, description }) => ({ id, title, description })),
      blocks: architecture.blocks,
      sites: Object.entries(sites)
        .map(([site, { mlp, linear }]) => ({
          site: Number(site),
          depth: Number(site) / last,
          accuracy: shareOf(mlp ?? linear ?? 0, 1),
        }))
        .sort((a, b) => a.site - b.site),
      calibrated: {
        method: steering.method,
        sites: steering.sites,
        steps: steering.steps,
        alphaShare: shareOf(steering.alpha, steering.alphaMaximum),
      },
    },
  };
}

export function panelEngine(state: EngineState): PanelState["engine"] {
  return state.kind === "failed"
    ? { state: "failed", reason: state.reason, message: state.message }
    : { state: state.kind, reason: null, message: "" };
}

export function panelSteering(settings: Settings, pack: KnownPack | undefined): SteeringChoice {
  const alpha = settings["steering.alpha"];
  return {
    layerDepth: settings["steering.layerDepth"],
    sites: settings["steering.sites"],
    alphaShare: alpha === null ? null : shareOf(alpha, pack?.alphaMaximum ?? 1),
    method: settings["steering.method"],
    steps: settings["steering.steps"],
    fidelity: settings.fidelity,
  };
}

/** What the person's choice is called in the settings; only what was chosen. */
export function settingsFrom(
  choice: Partial<SteeringChoice>,
  pack: KnownPack,
): Partial<Pick<Settings, (typeof steeringSettings)[number]>> {
  const { alphaShare } = choice;
  const alpha =
    alphaShare === null || alphaShare === undefined
      ? alphaShare
      : Number((alphaShare * pack.alphaMaximum).toPrecision(4));
  const all = {
    "steering.layerDepth": choice.layerDepth,
    "steering.sites": choice.sites,
    "steering.alpha": alpha,
    "steering.method": choice.method,
    "steering.steps": choice.steps,
    fidelity: choice.fidelity,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export const steeringSettings = [
  "steering.layerDepth",
  "steering.sites",
  "steering.alpha",
  "steering.method",
  "steering.steps",
  "fidelity",
] as const satisfies readonly (keyof Settings)[];

export function panelRun(state: RewriteState, kind: PanelRun["kind"]): PanelRun | null {
  if (state.kind !== "running") return null;
  const { place, places, passage, passages, written, tokensPerSecond } = state;
  return { kind, progress: { place, places, passage, passages, written, tokensPerSecond } };
}

/** Only the tones that the pack knows and that are not off. */
export function knownWeights(weights: ToneWeights, pack: KnownPack | undefined): ToneWeights {
  const known = new Set(pack?.shown.tones.map(({ id }) => id));
  return Object.fromEntries(
    Object.entries(weights).filter(([tone, weight]) => weight !== 0 && known.has(tone)),
  );
}

export function sameWeights(a: ToneWeights, b: ToneWeights): boolean {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every(
    (tone) => (a[tone] ?? 0) === (b[tone] ?? 0),
  );
}

export function countWords(text: string): number {
  return text.match(/\S+/gu)?.length ?? 0;
}

function shareOf(alpha: number, maximum: number): number {
  return maximum > 0 ? Math.min(1, Math.max(0, alpha / maximum)) : 0;
}
