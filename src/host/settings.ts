import * as v from "valibot";
import { fidelities, GenerationRequest, SteeringRequest } from "../shared/steeringRequest";
import type {
  GenerationRequest as Generation,
  SteeringRequest as Steering,
} from "../shared/steeringRequest";
import type { ToneWeights } from "../shared/steeringRequest";

export const applyModes = ["inPlace", "preview"] as const;

const whole = (low: number, high: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(low), v.maxValue(high));

/** Every setting below `tonesteer.`: what is valid, and what counts when it is not. */
export const settingTable = {
  "steering.layerDepth": { schema: SteeringRequest.entries.layerDepth, fallback: null },
  "steering.sites": { schema: SteeringRequest.entries.sites, fallback: null },
  "steering.alpha": { schema: SteeringRequest.entries.alpha, fallback: null },
  "steering.method": { schema: SteeringRequest.entries.method, fallback: null },
  "steering.steps": { schema: SteeringRequest.entries.steps, fallback: null },
  "steering.decay": { schema: SteeringRequest.entries.decay, fallback: null },
  "steering.toneInstruction": { schema: SteeringRequest.entries.toneInstruction, fallback: "auto" },
  "generation.seed": { schema: GenerationRequest.entries.seed, fallback: 7 },
  "generation.temperature": { schema: GenerationRequest.entries.temperature, fallback: null },
  "generation.topK": { schema: GenerationRequest.entries.topK, fallback: null },
  "generation.topP": { schema: GenerationRequest.entries.topP, fallback: null },
  "generation.minP": { schema: GenerationRequest.entries.minP, fallback: null },
  "generation.repetitionPenalty": {
    schema: GenerationRequest.entries.repetitionPenalty,
    fallback: null,
  },
  apply: { schema: v.picklist(applyModes), fallback: "inPlace" },
  fidelity: { schema: v.picklist(fidelities), fallback: "strict" },
  alternatives: { schema: whole(0, 8), fallback: 2 },
  anyLanguage: { schema: v.boolean(), fallback: false },
  model: { schema: v.pipe(v.string(), v.trim()), fallback: "" },
  "engine.threads": { schema: whole(0, 256), fallback: 0 },
  "engine.idleMinutes": {
    schema: v.pipe(v.number(), v.minValue(0), v.maxValue(1440)),
    fallback: 10,
  },
} as const satisfies Record<string, { schema: v.GenericSchema; fallback: unknown }>;

export type SettingName = keyof typeof settingTable;
export type Settings = {
  readonly [K in SettingName]: v.InferOutput<(typeof settingTable)[K]["schema"]>;
};

/**
 * Reads all settings. A value that is not valid counts as its default and is reported, with a
 * sentence; nothing else in the host ever sees a raw setting.
 */
export function readSettings(
  get: (name: SettingName) => unknown,
  report: (name: SettingName, sentence: string) => void,
): Settings {
  const entries = Object.entries(settingTable).map(([key, { schema, fallback }]) => {
    const name = key as SettingName;
    const raw = get(name);
    if (raw === undefined) return [name, fallback];
    const parsed = v.safeParse(schema as v.GenericSchema, raw);
    if (parsed.success) return [name, parsed.output];
    report(
      name,
      `The setting tonesteer.${name} is not valid (${parsed.issues[0].message}); ${JSON.stringify(fallback)} is used instead.`,
    );
    return [name, fallback];
  });
  return Object.fromEntries(entries) as Settings;
}

/**
 * The request for these tones. A `strength` below what the largest weight leaves room for acts
 * through the weights, which the engine turns into alpha; what is above 1 is asked of alpha itself.
 */
export function steeringFrom(settings: Settings, weights: ToneWeights, strength: number): Steering {
  const largest = Math.max(0, ...Object.values(weights).map(Math.abs));
  const factor = largest > 0 ? Math.min(strength, 1 / largest) : 1;
  const scaled = Object.entries(weights).map(([tone, weight]) => [tone, weight * factor]);
  return {
    weights: Object.fromEntries(scaled) as ToneWeights,
    layerDepth: settings["steering.layerDepth"],
    sites: settings["steering.sites"],
    alpha: settings["steering.alpha"],
    ...(strength > factor && { strength: Math.min(4, strength / factor) }),
    method: settings["steering.method"],
    steps: settings["steering.steps"],
    decay: settings["steering.decay"],
    spread: null,
    toneInstruction: settings["steering.toneInstruction"],
  };
}

export function generationFrom(settings: Settings, seed: number): Generation {
  return {
    seed,
    temperature: settings["generation.temperature"],
    topK: settings["generation.topK"],
    topP: settings["generation.topP"],
    minP: settings["generation.minP"],
    repetitionPenalty: settings["generation.repetitionPenalty"],
  };
}
