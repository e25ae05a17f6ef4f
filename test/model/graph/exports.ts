/** The 13 small exports: eight architectures by two exporters, with what each must answer. */
import { readdirSync, readFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { ByteSource } from "../../../src/graph/byteSource";
import type { ModelInputs } from "../../../src/graph/describeInputs";
import { describeInputs } from "../../../src/graph/describeInputs";
import type { OnnxModel } from "../../../src/graph/modelFile";
import { readModel, writeModel } from "../../../src/graph/modelFile";
import type { SiteHeads } from "../../../src/steering/siteHeads";
import { readSafetensors } from "../../../src/steering/safetensors";
import { readSiteHeads } from "../../../src/steering/siteHeads";

export const architecturesFolder = join(__dirname, "../../fixtures/architectures");
export const packFolder = join(__dirname, "../../../models/smollm2-135m-rewriter");

export interface GoldenCase {
  readonly name: string;
  readonly layers: number[];
  readonly kind?: "relative" | "gradient" | "reflect" | "direction" | "broadcast";
  readonly c?: number[];
  readonly alpha?: number;
  readonly steps?: number;
  readonly gamma?: number;
  /** The last position's logits [vocabulary]. */
  readonly logits: number[];
}

export interface Golden {
  readonly input_ids: number[];
  readonly cases: GoldenCase[];
}

export interface ModelExport {
  readonly title: string;
  readonly folder: string;
  readonly golden: Golden;
  readonly heads: Map<number, SiteHeads>;
}

export const exportsList: ModelExport[] = readdirSync(architecturesFolder).flatMap(
  (architecture) => {
    const parent = join(architecturesFolder, architecture);
    const golden = JSON.parse(readFileSync(join(parent, "golden.json"), "utf8")) as Golden;
    const { sites } = readSiteHeads(
      readSafetensors(readFileSync(join(parent, "classifier.safetensors"))),
    );
    return readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => ({
        title: `${architecture} ${name}`,
        folder: join(parent, name),
        golden,
        heads: sites,
      }));
  },
);

/** A file read in pieces; `bytesRead` counts. */
export class FileSource implements ByteSource {
  bytesRead = 0;

  private constructor(
    private readonly file: FileHandle,
    readonly size: number,
  ) {}

  static async open(path: string): Promise<FileSource> {
    const file = await open(path);
    return new FileSource(file, (await file.stat()).size);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const { buffer } = await this.file.read(new Uint8Array(length), 0, length, offset);
    this.bytesRead += length;
    return buffer;
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

export async function loadModel(folder: string): Promise<OnnxModel> {
  const source = await FileSource.open(join(folder, "model.onnx"));
  try {
    return await readModel(source, "model.onnx");
  } finally {
    await source.close();
  }
}

/** A session on a graph whose weights lie in `folder`, which stays as it is. */
export async function startSession(folder: string, graph: OnnxModel): Promise<Runner> {
  const session = await InferenceSession.create(writeModel(graph), {
    ...sessionOptions,
    extra: { session: { model_external_initializers_file_folder_path: folder } },
  });
  return new Runner(session, describeInputs(graph));
}

/** A session on the file as it was exported, which this project has not touched. */
export async function startOriginal(folder: string, model: OnnxModel): Promise<Runner> {
  const session = await InferenceSession.create(join(folder, "model.onnx"), sessionOptions);
  return new Runner(session, describeInputs(model));
}

const sessionOptions = { intraOpNumThreads: 1, logSeverityLevel: 3 } as const;

export type Cache = Record<string, Tensor>;

export interface RunOptions {
  readonly cache?: Cache;
  /** [rows or 1][K] */
  readonly weights?: number[][];
  /** [rows or 1][positions or 1] */
  readonly alpha?: number[][];
  readonly tapMask?: number[][];
}

export interface Result {
  readonly logits: Float32Array;
  /** [rows, positions, vocabulary] */
  readonly dims: readonly number[];
  readonly tap: Float32Array | undefined;
  readonly tapDims: readonly number[] | undefined;
  readonly cache: Cache;
}

export class Runner {
  constructor(
    readonly session: InferenceSession,
    readonly inputs: ModelInputs,
  ) {}

  /** Runs rows of equal length, after the positions that the cache holds. */
  async run(ids: number[][], { cache, weights, alpha, tapMask }: RunOptions = {}): Promise<Result> {
    const { inputs } = this;
    const rows = ids.length;
    const positions = ids[0]!.length;
    const past = cache?.[inputs.caches[0]!.key]?.dims[2] ?? 0;
    const feeds: Record<string, Tensor> = { input_ids: integers(ids) };
    if (inputs.attentionMask !== undefined) {
      feeds[inputs.attentionMask] = integers(
        ids.map(() => Array.from({ length: past + positions }, () => 1)),
      );
    }
    if (inputs.positionIds !== undefined) {
      feeds[inputs.positionIds] = integers(ids.map((row) => row.map((_, i) => past + i)));
    }
    for (const name of inputs.caches.flatMap(({ key, value }) => [key, value])) {
      feeds[name] =
        cache?.[name] ??
        new Tensor("float32", new Float32Array(0), [rows, inputs.kvHeads, 0, inputs.headSize]);
    }
    if (weights) feeds["steer.weights"] = floats(weights);
    if (alpha) {
      feeds["steer.alpha"] = new Tensor("float32", Float32Array.from(alpha.flat()), [
        alpha.length,
        alpha[0]!.length,
        1,
      ]);
    }
    if (tapMask) feeds["tap.mask"] = floats(tapMask);
    const out = await this.session.run(feeds);
    const logits = out[inputs.logits]!;
    const next: Cache = {};
    for (const names of inputs.caches) {
      next[names.key] = out[names.presentKey]!;
      next[names.value] = out[names.presentValue]!;
    }
    return {
      logits: logits.data as Float32Array,
      dims: logits.dims,
      tap: out["tap"]?.data as Float32Array | undefined,
      tapDims: out["tap"]?.dims,
      cache: next,
    };
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}

function integers(rows: number[][]): Tensor {
  return new Tensor("int64", BigInt64Array.from(rows.flat(), BigInt), [
    rows.length,
    rows[0]!.length,
  ]);
}

function floats(rows: number[][]): Tensor {
  return new Tensor("float32", Float32Array.from(rows.flat()), [rows.length, rows[0]!.length]);
}

/** The logits of the last position of a row. */
export function lastLogits({ logits, dims }: Result, row = 0): Float32Array {
  const [, positions, vocabulary] = dims as [number, number, number];
  const start = (row * positions + positions - 1) * vocabulary;
  return logits.subarray(start, start + vocabulary);
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    // A NaN on either side must not pass.
    largest = difference <= largest ? largest : Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}

export function sameBits(a: Float32Array, b: Float32Array): boolean {
  const bytes = (array: Float32Array) =>
    Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  return bytes(a).equals(bytes(b));
}
