import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BenchOptions, DecodingCase } from "./decoding";
import { benchText } from "./text";

interface Session {
  readonly inputNames: readonly string[];
}

/** transformers.js `generate` on the pack's own model and tokenizer, greedy, as its users call it. */
export async function measureTransformers(options: BenchOptions): Promise<DecodingCase> {
  const { AutoModelForCausalLM, AutoTokenizer, DynamicCache, env, Tensor, TextStreamer } =
    await import("@huggingface/transformers");
  env.allowRemoteModels = false;
  env.localModelPath = join(options.packFolder, "..");
  const name = options.packFolder.split(/[\\/]/).at(-1)!;
  const tokenizer = await AutoTokenizer.from_pretrained(name, { local_files_only: true });
  const model = await AutoModelForCausalLM.from_pretrained(name, {
    local_files_only: true,
    subfolder: "",
    model_file_name: "model",
    dtype: "fp32", // the name of the file without a suffix; the weights are what the pack has
    use_external_data_format: false,
    session_options: options.threads > 0 ? { intraOpNumThreads: options.threads } : {},
  });
  const inputs = tokenizer(benchText) as object;
  // The library cannot tell the head size of an onnxruntime-genai export, which leaves it open in
  // the graph; so it is given an empty cache of the right shape.
  const { keyValueHeads, headDimension } = await packArchitecture(options.packFolder);
  const session = (model as unknown as { sessions: Record<string, Session> }).sessions["model"]!;
  const emptyCache = () =>
    new DynamicCache(
      Object.fromEntries(
        session.inputNames
          .filter((input) => input.startsWith("past_key_values."))
          .map((input) => [
            input,
            new Tensor("float32", new Float32Array(0), [1, keyValueHeads, 0, headDimension]),
          ]),
      ),
    );
  return {
    name: "transformers.js",
    async run() {
      let first = 0;
      let last = 0;
      let tokens = 0;
      // Between the first and the last token, so that the prompt is not counted.
      const streamer = new TextStreamer(tokenizer, {
        callback_function: () => {},
        token_callback_function: () => {
          last = performance.now();
          if (tokens++ === 0) first = last;
        },
      });
      await model.generate({
        ...inputs,
        max_new_tokens: options.tokens + 1,
        min_new_tokens: options.tokens + 1,
        do_sample: false,
        past_key_values: emptyCache(),
        streamer,
      } as Parameters<typeof model.generate>[0]);
      return ((tokens - 1) * 1000) / (last - first);
    },
    dispose: async () => {
      await model.dispose();
    },
  };
}

async function packArchitecture(folder: string) {
  const pack = JSON.parse(await readFile(join(folder, "pack.json"), "utf8")) as {
    architecture: { keyValueHeads: number; headDimension: number };
  };
  return pack.architecture;
}
