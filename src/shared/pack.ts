import * as v from "valibot";
import { steeringMethods } from "./steeringRequest";

/**
 * `pack.json`, format 1: what a folder with a model and its steering weights says of itself.
 * Unknown keys are allowed, so that a newer pack of the same format still opens.
 */

export const packFormat = 1;

/** Files without which nothing can be written; weights beside the graph are listed by the graph. */
export const requiredPackFiles = [
  "model.onnx",
  "tokenizer.json",
  "tokenizer_config.json",
  "tones.safetensors",
] as const;

const finite = v.pipe(v.number(), v.finite());
const positive = v.pipe(finite, v.gtValue(0));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const sites = v.pipe(v.array(count), v.minLength(1), v.maxLength(64));

/** A plain name in the pack's folder: no separator, no drive, no "..", nothing hidden. */
export const PackFileName = v.pipe(
  v.string(),
  v.maxLength(128),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "a file name must be plain"),
  v.check((text) => !text.includes("..") && !text.endsWith("."), "a file name must be plain"),
);

export const PackTone = v.looseObject({ id: name, title: v.string(), description: v.string() });
export type PackTone = v.InferOutput<typeof PackTone>;

/** Held-out accuracies of the classifiers at a site, by kind, and the mean norm of its residuals. */
export const PackSite = v.objectWithRest(
  { norm: positive, mlp: v.optional(finite), linear: v.optional(finite) },
  v.unknown(),
);
export type PackSite = v.InferOutput<typeof PackSite>;

const calibration = {
  method: v.picklist(steeringMethods),
  sites,
  steps: v.pipe(size, v.maxValue(16)),
  decay: v.pipe(finite, v.minValue(0), v.maxValue(2)),
  alpha: v.pipe(finite, v.minValue(0)),
  toneInstruction: v.boolean(),
};

/** What replaces the calibrated values in one situation. */
export const PackOverride = v.partial(v.looseObject(calibration));
export type PackOverride = v.InferOutput<typeof PackOverride>;

export const PackSteering = v.looseObject({
  ...calibration,
  /** The largest displacement that keeps text whole, as a fraction of the residual's norm. */
  alphaMaximum: positive,
  /** No tone is named in the prompt. */
  agnostic: v.optional(PackOverride, {}),
  /** More than one tone is promoted. */
  several: v.optional(PackOverride, {}),
  /** Tones are only suppressed. */
  suppress: v.optional(PackOverride, {}),
  rows: v.looseObject({
    /** Multiples of the calibrated alpha, for rows that take the likeliest token. */
    greedy: v.array(positive),
    /** The same, for rows that are sampled. */
    sampled: v.array(positive),
    temperature: v.pipe(finite, v.minValue(0)),
    topP: v.pipe(finite, v.minValue(0), v.maxValue(1)),
    topK: count,
  }),
  ranking: v.looseObject({
    readingSite: count,
    toneWeight: v.pipe(finite, v.minValue(0)),
    roundTripWeight: v.pipe(finite, v.minValue(0)),
    /** Mean log-probability a token below which a candidate is out. */
    roundTripFloor: v.pipe(finite, v.maxValue(0)),
  }),
});
export type PackSteering = v.InferOutput<typeof PackSteering>;

export const PackPrompt = v.looseObject({
  prefix: v.string(),
  suffix: v.string(),
  instructionSeparator: v.string(),
  /** One instruction a tone; a tone without one is not named. */
  instructions: v.record(v.string(), v.string()),
  /** Special tokens that end a text. */
  stop: v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.minLength(1)),
});
export type PackPrompt = v.InferOutput<typeof PackPrompt>;

export const PackFile = v.looseObject({
  bytes: count,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "a sha256 must be 64 hexadecimal digits")),
});
export type PackFile = v.InferOutput<typeof PackFile>;

export const Pack = v.pipe(
  v.looseObject({
    format: v.literal(packFormat),
    name,
    version: v.string(),
    title: v.string(),
    /** ISO 639-1 codes of the languages the model was trained to rewrite. */
    languages: v.pipe(v.array(name), v.minLength(1)),
    licence: v.record(v.string(), v.string()),
    source: v.string(),
    architecture: v.looseObject({
      type: v.string(),
      blocks: size,
      hidden: size,
      heads: size,
      keyValueHeads: size,
      headDimension: size,
      vocabulary: size,
      context: size,
    }),
    prompt: PackPrompt,
    /** In label order. */
    tones: v.pipe(v.array(PackTone), v.minLength(1)),
    sites: v.record(v.pipe(v.string(), v.regex(/^\d{1,4}$/, "a site must be a number")), PackSite),
    steering: PackSteering,
    writing: v.looseObject({ unitWords: size }),
    measured: v.optional(v.record(v.string(), v.unknown()), {}),
    files: v.record(PackFileName, PackFile),
  }),
  v.check(
    (pack) => new Set(pack.tones.map((tone) => tone.id)).size === pack.tones.length,
    "every tone must have its own id",
  ),
  v.check(
    (pack) => usedSites(pack.steering).every((site) => Object.hasOwn(pack.sites, String(site))),
    "every site that is steered or read must be listed under sites",
  ),
  v.check(
    (pack) => Object.keys(pack.sites).every((site) => Number(site) < pack.architecture.blocks),
    "a site must be one of the model's blocks",
  ),
  v.check(
    ({ steering }) =>
      [steering, steering.agnostic, steering.several, steering.suppress].every(
        ({ alpha }) => alpha === undefined || alpha <= steering.alphaMaximum,
      ),
    "no calibrated alpha may be above alphaMaximum",
  ),
  v.check(
    (pack) => requiredPackFiles.every((file) => Object.hasOwn(pack.files, file)),
    `files must list ${requiredPackFiles.join(", ")}`,
  ),
);
export type Pack = v.InferOutput<typeof Pack>;

/** Every site a pack's calibration steers or reads. */
export function usedSites(steering: PackSteering): number[] {
  const { agnostic, several, suppress, ranking } = steering;
  const steered = [steering, agnostic, several, suppress].flatMap((part) => part.sites ?? []);
  return [...new Set([...steered, ranking.readingSite])];
}
