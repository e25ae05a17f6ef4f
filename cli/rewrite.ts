import { extname } from "node:path";
import type { RewriteProgress, RewriteResult } from "../src/shared/engineProtocol";
import {
  fidelities,
  steeringMethods,
  steeringSpreads,
  toneInstructions,
  type SteeringRequest,
} from "../src/shared/steeringRequest";
import { textFormats, type TextFormat } from "../src/shared/textFormat";
import { exitCodes, modelOptions, openEngine, readText, runProgram } from "./program";
import { parse, usage, type Arguments, type Command } from "./usage";

const command: Command = {
  name: "rewrite",
  summary: "Rewrites a text in the tones asked for, with the local model steered.",
  operand: "[FILE|-]",
  options: {
    promote: { type: "string", multiple: true, value: "TONE[=0..1]", help: "More of a tone." },
    suppress: { type: "string", multiple: true, value: "TONE[=0..1]", help: "Less of a tone." },
    "layer-depth": {
      type: "string",
      value: "0..1",
      help: "Steer one site, from first to last block.",
    },
    sites: {
      type: "string",
      value: "N,N,...",
      help: "Steer these blocks; wins over --layer-depth.",
    },
    alpha: { type: "string", value: "X", help: "Strength. Default: as the pack is calibrated." },
    method: { type: "string", value: "M", help: `One of ${steeringMethods.join(", ")}.` },
    steps: { type: "string", value: "N", help: "Gradient steps at each site." },
    decay: { type: "string", value: "X", help: "Weight of each step relative to the one before." },
    spread: { type: "string", value: "S", help: `Several sites: ${steeringSpreads.join(" or ")}.` },
    "tone-instruction": {
      type: "string",
      value: "T",
      help: `Name the tone in the prompt too: ${toneInstructions.join(", ")}.`,
    },
    fidelity: { type: "string", value: "F", help: `${fidelities.join(", ")}. Default: strict.` },
    alternatives: {
      type: "string",
      value: "N",
      help: "Further rewrites to give with --json, 0 to 8.",
    },
    seed: { type: "string", value: "N", help: "Seed of sampled rows. Default: 7." },
    temperature: { type: "string", value: "X", help: "Of sampled rows. Default: the pack's." },
    format: {
      type: "string",
      value: "F",
      help: `${textFormats.join(", ")}. Default: by the file's name, else plain.`,
    },
    "any-language": { type: "boolean", help: "Rewrite also languages the pack does not list." },
    json: { type: "boolean", help: "Write a report as JSON instead of the text." },
    ...modelOptions,
  },
  notes:
    "The result alone goes to standard output. Exit codes: 0 rewritten, 1 failed, 2 bad usage,\n" +
    "3 left unchanged because no candidate passed the checks.",
};

const extensions: Readonly<Record<string, TextFormat>> = {
  ".md": "markdown",
  ".markdown": "markdown",
  ".tex": "latex",
  ".html": "html",
  ".htm": "html",
  ".adoc": "asciidoc",
  ".rst": "restructuredtext",
};

async function main(): Promise<number> {
  const given = parse(command, process.argv.slice(2));
  // Every option is looked at before anything is loaded.
  const options = {
    format: given.text("format")
      ? given.choice("format", textFormats)
      : (extensions[extname(given.operands[0] ?? "").toLowerCase()] ?? "plain"),
    steering: steeringRequest(given),
    generation: {
      seed: whole(given, "seed", 7),
      temperature: between(given.number("temperature"), 0, 2, "temperature"),
      topK: null,
      topP: null,
      minP: null,
      repetitionPenalty: null,
    },
    fidelity: given.choice("fidelity", fidelities),
    alternatives: atMost(whole(given, "alternatives", 0), 8, "alternatives"),
    anyLanguage: given.flag("any-language"),
    whenBusy: "wait" as const,
  };
  const text = await readText(given.operands);
  const engine = await openEngine(given);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const progress = process.stderr.isTTY ? showProgress : undefined;
  try {
    const result = await engine.rewrite(
      { text, ...options },
      { signal: stop.signal, onProgress: progress },
    );
    if (progress) process.stderr.write("\r\x1b[K");
    process.stdout.write(given.flag("json") ? `${report(result)}\n` : result.text);
    return outcome(result);
  } finally {
    await engine.dispose();
  }
}

/** Says on standard error what stayed as it was, and why. */
function outcome({ passages }: RewriteResult): number {
  if (passages.length === 0) {
    process.stderr.write(
      "There is no prose in this text, so it was left as it is; give a text with sentences, or name " +
        "its --format.\n",
    );
    return exitCodes.unchanged;
  }
  const sentences: Record<string, string> = {
    noCandidatePassed: "no rewrite passed the checks; try --fidelity balanced or another tone",
    sameText: "the model found nothing to change; try a higher --alpha",
    language: "it is in a language the model was not trained for; --any-language overrides",
    nothingToRewrite: "there is nothing to rewrite in it",
    tooLong: "it is a word too long to be prose",
  };
  passages.forEach(({ reason, units, changed }, i) => {
    if (!reason) return;
    const left = units.filter((unit) => !unit.changed).length;
    const part = units.length > 1 ? `${left} of ${units.length} units` : "it";
    process.stderr.write(
      `Passage ${i + 1}: ${changed ? `${part} stayed` : "stayed"} as before: ${sentences[reason]}.\n`,
    );
  });
  return passages.some(({ changed }) => changed) ? exitCodes.done : exitCodes.unchanged;
}

function report({ text, passages, tokens, tokensPerSecond, seconds, alternatives }: RewriteResult) {
  const rounded = (_: string, value: unknown) =>
    typeof value === "number" ? Number(value.toFixed(4)) : value;
  const body = { text, passages, alternatives, tokens, tokensPerSecond, seconds };
  return JSON.stringify(body, rounded, 2);
}

function showProgress({ passage, passages, written, tokensPerSecond }: RewriteProgress): void {
  const columns = process.stderr.columns || 80;
  const head = `${passage + 1}/${passages} ${tokensPerSecond.toFixed(0)} tokens/s  `;
  const tail = written.replace(/\s+/g, " ").slice(-(columns - head.length - 1));
  process.stderr.write(`\r\x1b[K${head}${tail}`);
}

function steeringRequest(given: Arguments): SteeringRequest {
  const weights = new Map<string, number>();
  for (const [name, sign] of [
    ["promote", 1],
    ["suppress", -1],
  ] as const) {
    for (const entry of given.texts(name)) {
      const [tone = "", amount = "1", ...rest] = entry.split("=");
      const value = amount.trim() === "" ? NaN : Number(amount);
      if (rest.length > 0 || tone === "" || !(value >= 0 && value <= 1)) {
        throw usage(`--${name} takes TONE or TONE=0..1, not "${entry}".`);
      }
      if (weights.has(tone)) throw usage(`The tone "${tone}" is given twice. Give it once.`);
      weights.set(tone, sign * value);
    }
  }
  if (weights.size === 0) {
    throw usage("Say which tone to write in, for example --promote empathetic.");
  }
  const sites = given.text("sites") ?? null;
  if (sites !== null && !/^\d{1,4}(,\d{1,4})*$/.test(sites)) {
    throw usage("--sites takes whole numbers with commas between, for example 12,16.");
  }
  return {
    weights: Object.fromEntries(weights),
    layerDepth: between(given.number("layer-depth"), 0, 1, "layer-depth"),
    sites: sites?.split(",").map(Number) ?? null,
    alpha: between(given.number("alpha"), 0, Infinity, "alpha"),
    method: given.text("method") ? given.choice("method", steeringMethods) : null,
    steps: given.text("steps") ? between(whole(given, "steps", 1), 1, 16, "steps") : null,
    decay: between(given.number("decay"), 0, 2, "decay"),
    spread: given.text("spread") ? given.choice("spread", steeringSpreads) : null,
    toneInstruction: given.choice("tone-instruction", toneInstructions),
  };
}

function between<T extends number | null>(value: T, low: number, high: number, name: string): T {
  if (value === null || (value >= low && value <= high)) return value;
  throw usage(
    `--${name} must be ${high === Infinity ? `${low} or more` : `from ${low} to ${high}`}.`,
  );
}

function atMost(value: number, high: number, name: string): number {
  return between(value, 0, high, name);
}

function whole(given: Arguments, name: string, otherwise: number): number {
  const value = given.number(name) ?? otherwise;
  if (!Number.isSafeInteger(value) || value < 0) {
    throw usage(`--${name} must be a whole number, 0 or more.`);
  }
  return value;
}

void runProgram(main);
