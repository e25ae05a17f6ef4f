import type { KvCache } from "../../src/engine/kvCache";
import type { LanguageModel } from "../../src/engine/languageModel";
import { openPack, type OpenPack, type PackHeads } from "../../src/engine/packStore";
import { PromptCache } from "../../src/engine/promptCache";
import { PromptEncoder } from "../../src/engine/promptEncoder";
import { loadSteeredModel } from "../../src/engine/steeredModel";
import type { GraphSteering } from "../../src/engine/steeringPlan";
import { loadTokenizer } from "../../src/engine/tokenizer";
import { steeringMethods } from "../../src/shared/steeringRequest";
import { measurement, type Measurement } from "./statistics";
import { benchText } from "./text";

export interface BenchOptions {
  readonly packFolder: string;
  readonly cacheFolder: string;
  readonly threads: number;
  readonly rounds: number;
  readonly tokens: number;
  readonly only: string;
}

/** Something that decodes; `run` takes one turn and gives its tokens a second. */
export interface DecodingCase {
  readonly name: string;
  readonly run: () => Promise<number>;
  readonly dispose: () => Promise<void>;
}

/**
 * Every case decodes the same number of tokens after the same prompt, taking turns within a round.
 * Loading and prefill are not counted.
 */
export async function measureDecoding(
  options: BenchOptions,
  others: readonly DecodingCase[],
  say: (what: string) => void,
): Promise<Measurement[]> {
  const cases = [...(await ownCases(options)), ...others];
  const speeds = cases.map(() => [] as number[]);
  for (const each of cases) await each.run(); // pages in weights, fills the arena
  for (let round = 0; round < options.rounds; round++) {
    say(`Round ${round + 1} of ${options.rounds} ...`);
    for (const [i, each] of cases.entries()) speeds[i]!.push(await each.run());
  }
  for (const each of cases) await each.dispose();
  return cases.map(({ name }, i) => measurement(name, speeds[i]!));
}

async function ownCases(options: BenchOptions): Promise<DecodingCase[]> {
  const opened = await openPack(options.packFolder, { cacheFolder: options.cacheFolder });
  const heads = await opened.heads();
  const prompts = new PromptEncoder(await loadTokenizer(opened.folder), opened.pack.prompt);
  const cases: DecodingCase[] = [];
  for (const { name, steering, rows } of variants(opened, heads)) {
    if (!name.includes(options.only) && name !== "unsteered") continue;
    const model = await loadSteeredModel(opened, heads, steering, {
      ...options,
      onProblem: (message) => process.stderr.write(`${message}\n`),
    });
    const { cache, lastToken } = await new PromptCache(model, prompts).prompt(benchText);
    cases.push({
      name,
      run: () => decode(model, cache, lastToken, rows, opened.pack.steering.alpha, options.tokens),
      dispose: () => model.dispose(),
    });
  }
  return cases;
}

function variants({ pack }: OpenPack, heads: PackHeads) {
  const { method, sites, steps, decay } = pack.steering;
  const calibrated: GraphSteering = { method, sites, steps, decay, spread: "recompute" };
  const all = [...heads.sites.keys()];
  const one = [sites[Math.floor(sites.length / 2)]!];
  const list: { name: string; steering: GraphSteering | null; rows: number }[] = [
    { name: "unsteered", steering: null, rows: 1 },
    { name: "one site", steering: { ...calibrated, sites: one }, rows: 1 },
    { name: "pack's sites", steering: calibrated, rows: 1 },
    { name: "all sites", steering: { ...calibrated, sites: all }, rows: 1 },
    {
      name: "all sites, broadcast",
      steering: { ...calibrated, sites: all, spread: "broadcast" },
      rows: 1,
    },
  ];
  for (const other of steeringMethods) {
    if (other !== method) {
      list.push({ name: `method ${other}`, steering: { ...calibrated, method: other }, rows: 1 });
    }
  }
  for (const rows of [2, 4, 8]) list.push({ name: `${rows} rows`, steering: calibrated, rows });
  return list;
}

async function decode(
  model: LanguageModel,
  prompt: KvCache,
  lastToken: number,
  rows: number,
  alpha: number,
  tokens: number,
): Promise<number> {
  const { labels, vocabulary } = model.shape;
  const cache = prompt.select(new Array<number>(rows).fill(0), tokens);
  const steering = {
    weights: new Float32Array(rows * labels).fill(labels > 0 ? 1 / labels : 0),
    alpha: new Float32Array(rows).fill(alpha),
  };
  let current = new Array<number>(rows).fill(lastToken);
  const started = performance.now();
  for (let step = 0; step < tokens; step++) {
    const logits = await model.step(cache, current, steering);
    current = current.map((_, row) =>
      likeliest(logits.subarray(row * vocabulary, (row + 1) * vocabulary)),
    );
  }
  return (rows * tokens * 1000) / (performance.now() - started);
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
}
