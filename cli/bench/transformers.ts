import { join } from "node:path";
import type { BenchOptions, DecodingCase } from "./decoding";
import { benchText } from "./text";

/** transformers.js `generate` on the pack's own model and tokenizer, greedy, as its users call it. */
export async function measureTransformers(options: BenchOptions): Promise<DecodingCase> {
  const { AutoModelForCausalLM, AutoTokenizer, env, TextStreamer } =
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
        streamer,
      } as Parameters<typeof model.generate>[0]);
      return ((tokens - 1) * 1000) / (last - first);
    },
    dispose: async () => {
      await model.dispose();
    },
  };
}
