import type * as ort from "onnxruntime-node";
import { TonesteerError } from "../shared/errors";

/**
 * The one importer of onnxruntime-node. A session is a loaded graph; its weights stay in the pack's
 * own files, which the runtime maps by itself.
 */

export type Tensor = ort.Tensor;
export type Feeds = Record<string, Tensor>;

export interface SessionOptions {
  /** Folder of the external weight files that the graph refers to. */
  readonly weightsFolder: string;
  /** 0: the runtime chooses. */
  readonly threads: number;
}

let runtime: typeof ort | undefined;

function loadRuntime(): typeof ort {
  if (runtime) return runtime;
  // Set before the library is loaded: since 1.29 it has telemetry code, and text stays here.
  process.env["ORT_DISABLE_TELEMETRY"] = "1";
  try {
    // Loaded on first use, so that a broken native library is an answer and not a crash at start.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    runtime = require("onnxruntime-node") as typeof ort;
    return runtime;
  } catch (error) {
    throw new TonesteerError(
      "nativeLoadFailed",
      `The model runtime could not be loaded on ${process.platform}-${process.arch}. ` +
        `Install the package made for this platform. (${firstLine(error)})`,
      { cause: error },
    );
  }
}

export class GraphSession {
  private disposed = false;

  private constructor(
    private readonly session: ort.InferenceSession,
    readonly inputNames: readonly string[],
    readonly outputNames: readonly string[],
  ) {}

  /**
   * @param graph bytes of an .onnx file whose big tensors are external data in `weightsFolder`
   * @throws TonesteerError nativeLoadFailed, outOfMemory or modelUnsupported
   */
  static async load(graph: Uint8Array, options: SessionOptions): Promise<GraphSession> {
    const library = loadRuntime();
    try {
      const session = await library.InferenceSession.create(graph, {
        executionProviders: ["cpu"],
        graphOptimizationLevel: "all",
        ...(options.threads > 0 && { intraOpNumThreads: options.threads }),
        interOpNumThreads: 1,
        logSeverityLevel: 3,
        extra: {
          session: {
            model_external_initializers_file_folder_path: options.weightsFolder,
            // Threads that spin while they wait take the cores from the editor, and from each other
            // where something else runs: batches took up to twice as long on a busy machine.
            intra_op: { allow_spinning: "0" },
          },
        },
      });
      return new GraphSession(session, session.inputNames, session.outputNames);
    } catch (error) {
      throw runtimeError(
        error,
        "modelUnsupported",
        "The model could not be loaded; choose another model",
      );
    }
  }

  /** Runs the graph once. Blocks this thread; hence the engine's own process. */
  async run(feeds: Feeds, outputs: readonly string[]): Promise<Record<string, Tensor>> {
    if (this.disposed)
      throw new TonesteerError("engineStopped", "The model was closed. Try again.");
    try {
      return (await this.session.run(feeds, outputs)) as Record<string, Tensor>;
    } catch (error) {
      throw runtimeError(error, "internal", "The model stopped with an error; try again");
    }
  }

  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    await this.session.release();
  }
}

/** @param data a view that is read in place, not copied: keep it unchanged while a run is on */
export function floatTensor(data: Float32Array, dims: readonly number[]): Tensor {
  return new (loadRuntime().Tensor)("float32", data, dims);
}

export function integerTensor(values: ArrayLike<number>, dims: readonly number[]): Tensor {
  const data = new BigInt64Array(values.length);
  for (let i = 0; i < values.length; i++) data[i] = BigInt(values[i]!);
  return new (loadRuntime().Tensor)("int64", data, dims);
}

export function floats(tensor: Tensor | undefined, name: string): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) {
    throw new TonesteerError(
      "modelUnsupported",
      `The model's output "${name}" is not float32. Choose a model exported with float32 outputs.`,
    );
  }
  return tensor.data;
}

function runtimeError(
  error: unknown,
  reason: "modelUnsupported" | "internal",
  what: string,
): TonesteerError {
  const message = firstLine(error);
  if (/alloc|out of memory|bad_alloc/i.test(message)) {
    return new TonesteerError(
      "outOfMemory",
      "There is not enough memory for the model. Close other programs, or choose a smaller model.",
      { cause: error },
    );
  }
  return new TonesteerError(reason, `${what} (${message}).`, { cause: error });
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error)
    .split("\n", 1)[0]!
    .slice(0, 300);
}
