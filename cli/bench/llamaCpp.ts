import { availableParallelism } from "node:os";
import { usage } from "../usage";
import type { BenchOptions, DecodingCase } from "./decoding";
import { benchText } from "./text";

/** The few parts of node-llama-cpp that are used; it is not among the project's dependencies. */
interface LlamaLibrary {
  getLlama(options: { gpu: false; build: "never"; logLevel: "error" }): Promise<{
    loadModel(options: { modelPath: string }): Promise<{
      tokenize(text: string): number[];
      createContext(options: { contextSize: number; threads: number }): Promise<{
        getSequence(): Sequence;
        dispose(): Promise<void>;
      }>;
    }>;
  }>;
}

interface Sequence {
  clearHistory(): Promise<void>;
  evaluate(tokens: number[], options: { temperature: number }): AsyncIterable<number>;
}

/** node-llama-cpp on a GGUF file, on the CPU, greedy. */
export async function measureLlamaCpp(gguf: string, options: BenchOptions): Promise<DecodingCase> {
  const llama = await (await library()).getLlama({ gpu: false, build: "never", logLevel: "error" });
  const model = await llama.loadModel({ modelPath: gguf });
  const context = await model.createContext({
    contextSize: 512,
    // Left to itself the library may start more threads than there are cores, and they wait for
    // one another by spinning: 3 seconds a token instead of 20 milliseconds.
    threads: options.threads > 0 ? options.threads : availableParallelism(),
  });
  const sequence = context.getSequence();
  const prompt = model.tokenize(benchText);
  return {
    name: "node-llama-cpp",
    async run() {
      await sequence.clearHistory();
      let first = 0;
      let tokens = 0;
      for await (const _ of sequence.evaluate(prompt, { temperature: 0 })) {
        if (tokens++ === 0) first = performance.now();
        if (tokens > options.tokens) break;
      }
      return ((tokens - 1) * 1000) / (performance.now() - first);
    },
    dispose: () => context.dispose(),
  };
}

async function library(): Promise<LlamaLibrary> {
  try {
    // A name that the bundler cannot see: the library is optional and brings its own binaries.
    const name = "node-llama-cpp";
    return (await import(name)) as LlamaLibrary;
  } catch {
    throw usage(
      "--gguf needs node-llama-cpp. Install it with: npm install --no-save node-llama-cpp",
    );
  }
}
