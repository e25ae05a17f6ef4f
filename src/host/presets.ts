import * as v from "valibot";
import { TonesteerError } from "../shared/errors";
import { ToneWeights } from "../shared/steeringRequest";

/** A named mixture of tones. */
export interface Preset {
  readonly name: string;
  readonly weights: ToneWeights;
  /** Shipped presets cannot be renamed or deleted; one's own of the same name hides it. */
  readonly shipped: boolean;
}

const Name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(60));
export const StoredPresets = v.array(v.object({ name: Name, weights: ToneWeights }));
const PresetFile = v.object({ format: v.literal(1), presets: StoredPresets });

/** The English names are the identifiers; they are translated where they are shown. */
export const shippedPresets: readonly Preset[] = [
  { name: "Kind reply", weights: { empathetic: 1, helpful: 0.5 }, shipped: true },
  { name: "Short and plain", weights: { concise: 1, neutral: 0.5 }, shipped: true },
  { name: "Expert brief", weights: { expert: 1, concise: 0.5 }, shipped: true },
  { name: "Careful claim", weights: { cautious: 1, casual: -0.5 }, shipped: true },
  { name: "Friendly note", weights: { casual: 1, expert: -0.5 }, shipped: true },
];

/** One's own first, in the order saved; then the shipped ones that no own preset hides. */
export function allPresets(own: readonly { name: string; weights: ToneWeights }[]): Preset[] {
  const names = new Set(own.map((preset) => preset.name));
  return [
    ...own.map((preset) => ({ ...preset, shipped: false })),
    ...shippedPresets.filter((preset) => !names.has(preset.name)),
  ];
}

export function presetName(name: string): string {
  const parsed = v.safeParse(Name, name);
  if (!parsed.success) {
    throw new TonesteerError("badRequest", "A preset needs a name of 1 to 60 characters.");
  }
  return parsed.output;
}

/** The presets as a JSON file's text, to be read by `parsePresets`. */
export function formatPresets(presets: readonly Preset[]): string {
  const content: v.InferOutput<typeof PresetFile> = {
    format: 1,
    presets: presets.map(({ name, weights }) => ({ name, weights })),
  };
  return JSON.stringify(content, null, 2) + "\n";
}

/** Throws `badRequest` with what is wrong; the file comes from anywhere. */
export function parsePresets(json: string): v.InferOutput<typeof StoredPresets> {
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch {
    throw new TonesteerError("badRequest", "The presets were not read: the file is not JSON.");
  }
  const parsed = v.safeParse(PresetFile, raw);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new TonesteerError(
      "badRequest",
      `The presets were not read: ${v.getDotPath(issue) ?? "the file"}: ${issue.message}.`,
    );
  }
  return parsed.output.presets;
}
