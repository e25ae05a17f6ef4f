import { cpus } from "node:os";
import { resolve } from "node:path";
import { measureDecoding, type DecodingCase } from "./bench/decoding";
import { measureEngine } from "./bench/engineProcess";
import { measureLlamaCpp } from "./bench/llamaCpp";
import { measureTransformers } from "./bench/transformers";
import { ratio, type Measurement } from "./bench/statistics";
import { exitCodes, modelOptions, runProgram, shippedModel, userCache } from "./program";
import { parse, usage, type Command } from "./usage";

const command: Command = {
  name: "bench",
  summary: "Measures the speed of steered and unsteered decoding, side by side in one run.",
  operand: "",
  options: {
    rounds: { type: "string", value: "N", help: "Rounds; each runs every case once. Default: 9." },
    tokens: {
      type: "string",
      value: "N",
      help: "Tokens decoded in each case and round. Default: 24.",
    },
    gguf: {
      type: "string",
      value: "FILE",
      help: "Compare with node-llama-cpp on this model (npm install --no-save node-llama-cpp).",
    },
    only: { type: "string", value: "TEXT", help: "Only cases whose name contains this." },
    json: { type: "boolean", help: "Write the figures as JSON." },
    ...modelOptions,
  },
  notes:
    "Times on a shared machine are noisy: cases take turns within a round, and the ratios to the\n" +
    "unsteered case of the same round are what counts. Run nothing else meanwhile.",
};

/** Shares of unsteered speed that are aimed at, by case. */
const aims: Readonly<Record<string, string>> = {
  "one site": ">= 0.97",
  "pack's sites": ">= 0.93",
  "all sites": ">= 0.90",
  "4 rows": "time a token < 2x",
  "transformers.js": "unsteered >= 1.5x of it",
  "node-llama-cpp": "unsteered >= 2x of it",
};

async function main(): Promise<number> {
  const given = parse(command, process.argv.slice(2));
  const options = {
    packFolder: resolve(given.text("model") ?? shippedModel),
    cacheFolder: resolve(given.text("cache") ?? userCache()),
    threads: given.number("threads") ?? 0,
    rounds: atLeastOne(given.number("rounds") ?? 9, "rounds"),
    tokens: atLeastOne(given.number("tokens") ?? 24, "tokens"),
    only: given.text("only") ?? "",
  };
  const say = (what: string) => process.stderr.write(`${what}\n`);
  say("Ready time, first token and memory of the engine process ...");
  const engine = options.only === "" ? await measureEngine(options) : undefined;

  const gguf = given.text("gguf");
  const others: DecodingCase[] = [];
  if (options.only === "" || "transformers.js".includes(options.only)) {
    others.push(await measureTransformers(options));
  }
  if (gguf !== undefined) others.push(await measureLlamaCpp(resolve(gguf), options));
  const cases = await measureDecoding(options, others, say);
  const report = { machine: machine(), ...options, engine, cases };
  process.stdout.write(given.flag("json") ? `${JSON.stringify(report, null, 2)}\n` : table(report));
  return exitCodes.done;
}

function table({ engine, cases }: { engine?: object | undefined; cases: readonly Measurement[] }) {
  const base = cases.find(({ name }) => name === "unsteered");
  const lines = [`${"case".padEnd(24)} tokens/s  share of unsteered   aim`];
  for (const each of cases) {
    const share = base ? ratio(each, base) : NaN;
    const speed = each.median.toFixed(1).padStart(8);
    lines.push(
      `${each.name.padEnd(24)} ${speed}  ${share.toFixed(3).padStart(18)}   ${aims[each.name] ?? ""}`,
    );
  }
  if (engine) {
    lines.push("", ...Object.entries(engine).map(([name, value]) => `${name.padEnd(24)} ${value}`));
  }
  return `${lines.join("\n")}\n`;
}

function machine(): string {
  const [first, ...more] = cpus();
  return `${first?.model ?? "unknown"} x ${more.length + 1}, Node ${process.version}, ${process.platform}-${process.arch}`;
}

function atLeastOne(value: number, name: string): number {
  if (!Number.isInteger(value) || value < 1) throw usage(`--${name} must be 1 or more.`);
  return value;
}

void runProgram(main);
