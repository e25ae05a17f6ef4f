import { TonesteerError } from "../shared/errors";
import type { SafetensorsFile } from "./safetensors";

/** A classifier of two hidden layers: Linear-ReLU-Linear-ReLU-Linear. Matrices are row-major. */
export interface MlpHead {
  readonly hidden: number;
  readonly w1: Float32Array; // [hidden, d]
  readonly b1: Float32Array; // [hidden]
  readonly w2: Float32Array; // [hidden, hidden]
  readonly b2: Float32Array; // [hidden]
  readonly w3: Float32Array; // [labels, hidden]
  readonly b3: Float32Array; // [labels]
}

export interface LinearHead {
  readonly weight: Float32Array; // [labels, d]
  readonly bias: Float32Array; // [labels]
}

/**
 * What steers and reads one site. A residual is standardised as (x - mean) / scale before either
 * classifier; `directions` are differences of raw residuals.
 */
export interface SiteHeads {
  readonly d: number;
  readonly labels: number;
  readonly mean: Float32Array; // [d]
  readonly scale: number;
  readonly mlp?: MlpHead;
  readonly linear?: LinearHead;
  readonly directions?: Float32Array; // [labels, d]
}

/**
 * The labels and, by zero-based block, the heads in a pack's `tones.safetensors`:
 * `layers.L.{mean,scale}`, `layers.L.{fc1,fc2,fc3}.{weight,bias}`, `layers.L.linear.{weight,bias}`
 * and `layers.L.directions` [labels, d]. A file with the one vector `layers.L.direction` [d] is
 * read as that same direction for each label. Metadata `labels` is a JSON array, or names
 * with commas between.
 *
 * Throws `modelCorrupt` when a tensor is missing, has the wrong shape or holds a non-finite number.
 */
export function readSiteHeads(file: SafetensorsFile): {
  labels: string[];
  sites: Map<number, SiteHeads>;
} {
  const labels = readLabels(file.metadata["labels"]);
  const numbers = new Set<number>();
  for (const name of file.names) {
    const match = /^layers\.(\d{1,4})\./.exec(name);
    if (match) numbers.add(Number(match[1]));
  }
  if (numbers.size === 0) throw corrupt("they hold no site");
  const sites = new Map<number, SiteHeads>();
  for (const site of [...numbers].sort((a, b) => a - b)) {
    sites.set(site, readSite(file, `layers.${site}.`, labels.length));
  }
  return { labels, sites };
}

function readSite(file: SafetensorsFile, prefix: string, labels: number): SiteHeads {
  const has = (name: string) => file.shape(prefix + name) !== undefined;
  const read = (name: string, shape: number[]) => readTensor(file, prefix + name, shape);

  const d = file.shape(`${prefix}mean`)?.[0] ?? 0;
  const mean = read("mean", [d]);
  const scaleShape = file.shape(`${prefix}scale`) ?? [];
  const scale = read("scale", scaleShape.length === 0 ? [] : [1])[0]!;
  if (d === 0) throw corrupt(`"${prefix}mean" is empty`);
  if (!(scale > 0)) throw corrupt(`"${prefix}scale" is not positive`);

  const hidden = file.shape(`${prefix}fc1.weight`)?.[0] ?? 0;
  const mlp: MlpHead | undefined = has("fc1.weight")
    ? {
        hidden,
        w1: read("fc1.weight", [hidden, d]),
        b1: read("fc1.bias", [hidden]),
        w2: read("fc2.weight", [hidden, hidden]),
        b2: read("fc2.bias", [hidden]),
        w3: read("fc3.weight", [labels, hidden]),
        b3: read("fc3.bias", [labels]),
      }
    : undefined;
  const linear: LinearHead | undefined = has("linear.weight")
    ? { weight: read("linear.weight", [labels, d]), bias: read("linear.bias", [labels]) }
    : undefined;
  const directions = has("directions")
    ? read("directions", [labels, d])
    : has("direction")
      ? repeat(read("direction", [d]), labels)
      : undefined;

  return {
    d,
    labels,
    mean,
    scale,
    ...(mlp && { mlp }),
    ...(linear && { linear }),
    ...(directions && { directions }),
  };
}

function readTensor(file: SafetensorsFile, name: string, shape: number[]): Float32Array {
  const actual = file.shape(name);
  if (!actual) throw corrupt(`"${name}" is missing`);
  if (actual.length !== shape.length || actual.some((size, i) => size !== shape[i])) {
    throw corrupt(`"${name}" has shape [${actual.join(", ")}] instead of [${shape.join(", ")}]`);
  }
  const values = file.read(name);
  if (!allFinite(values)) throw corrupt(`"${name}" holds a number that is not finite`);
  return values;
}

/** 0 * x is 0 for finite x and NaN otherwise; a plain loop, since a pack holds millions of numbers. */
function allFinite(values: Float32Array): boolean {
  let zero = 0;
  for (let i = 0; i < values.length; i++) zero += 0 * values[i]!;
  return zero === 0;
}

function readLabels(text: string | undefined): string[] {
  if (!text) throw corrupt("they name no labels");
  let labels: unknown;
  if (text.trimStart().startsWith("[")) {
    try {
      labels = JSON.parse(text);
    } catch {
      throw corrupt("their labels are not valid JSON");
    }
  } else {
    labels = text.split(",").map((label) => label.trim());
  }
  if (
    !Array.isArray(labels) ||
    labels.length === 0 ||
    !labels.every((label): label is string => typeof label === "string" && label !== "") ||
    new Set(labels).size !== labels.length
  ) {
    throw corrupt("their labels are not a list of different names");
  }
  return labels;
}

function repeat(row: Float32Array, times: number): Float32Array {
  const rows = new Float32Array(row.length * times);
  for (let i = 0; i < times; i++) rows.set(row, i * row.length);
  return rows;
}

function corrupt(what: string): TonesteerError {
  return new TonesteerError(
    "modelCorrupt",
    `The model's steering weights are damaged: ${what}. Install the model again.`,
  );
}
