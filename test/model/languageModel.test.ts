import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { generate, type GenerationRow } from "../../src/engine/generate";
import type { KvCache } from "../../src/engine/kvCache";
import type { LanguageModel } from "../../src/engine/languageModel";
import { openPack, type OpenPack, type PackHeads } from "../../src/engine/packStore";
import { PromptEncoder } from "../../src/engine/promptEncoder";
import { greedySampling } from "../../src/engine/sampling";
import { loadSteeredModel } from "../../src/engine/steeredModel";
import { planSteering, type SteeringPlan } from "../../src/engine/steeringPlan";
import { loadTokenizer } from "../../src/engine/tokenizer";
import { calibratedSteering } from "../../src/shared/steeringRequest";
import { packFolder, readSources, temporaryFolder, threads } from "./packForTests";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const cache = temporaryFolder();
let opened: OpenPack;
let heads: PackHeads;
let prompts: PromptEncoder;
let plan: SteeringPlan;
let steered: LanguageModel;
let plain: LanguageModel;
/** A prompt and more of the same kind of text: over 200 tokens. */
let ids: number[];

beforeAll(async () => {
  opened = await openPack(packFolder, { cacheFolder: cache.path });
  heads = await opened.heads();
  prompts = new PromptEncoder(await loadTokenizer(packFolder), opened.pack.prompt);
  plan = planSteering(calibratedSteering({ [heads.labels[2]!]: 1 }), opened.pack, heads);
  const options = {
    cacheFolder: cache.path,
    threads,
    onProblem: (why: string) => expect.fail(why),
  };
  steered = await loadSteeredModel(opened, heads, plan.graph, options);
  plain = await loadSteeredModel(opened, heads, null, options);
  const text = readSources()
    .map((source) => source.text)
    .join(" ");
  ids = [...prompts.head, ...prompts.text(text)];
  expect(ids.length).toBeGreaterThan(200);
});

afterAll(async () => {
  await steered?.dispose();
  await plain?.dispose();
  cache.remove();
});

const off = () => steering([[0, 0]]);

/** One pair of factors a row: of the plan's weights and of its alpha. */
function steering(rows: readonly (readonly [number, number])[]) {
  const { length } = heads.labels;
  const weights = new Float32Array(rows.length * length);
  rows.forEach(([factor], row) => {
    plan.weights.forEach((weight, k) => (weights[row * length + k] = factor * weight));
  });
  return { weights, alpha: Float32Array.from(rows, ([, factor]) => factor * plan.alpha) };
}

/** Logits of one more token, on a copy of the cache. */
async function next(model: LanguageModel, after: KvCache, id: number, how = off()) {
  const rows = how.alpha.length;
  const copy = after.select(new Array<number>(rows).fill(0));
  const logits = await model.step(copy, new Array<number>(rows).fill(id), how);
  return logits.slice();
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

const bytes = (logits: Float32Array) =>
  Buffer.from(logits.buffer, logits.byteOffset, logits.byteLength);

describe("steering in the graph", () => {
  it("gives the unsteered logits bit for bit for alpha 0 and for weights 0", async () => {
    const prompt = ids.slice(0, 60);
    const caches = [await plain.read(undefined, prompt), await steered.read(undefined, prompt)];
    const unsteered = bytes(await next(plain, caches[0]!, ids[60]!));
    for (const how of [
      [0, 0],
      [1, 0],
      [0, 1],
    ] as const) {
      const logits = await next(steered, caches[1]!, ids[60]!, steering([how]));
      expect(bytes(logits).equals(unsteered), `factors ${how.join()}`).toBe(true);
    }
    const moved = await next(steered, caches[1]!, ids[60]!, steering([[1, 1]]));
    const from = await next(plain, caches[0]!, ids[60]!);
    expect(largestDifference(moved, from)).toBeGreaterThan(0.1);
  });

  it("steers each row by itself: rows equal single runs", async () => {
    const prompt = await steered.read(undefined, ids.slice(0, 60));
    const hows = [
      [1, 3],
      [0, 0],
      [-1, 3],
      [1, 1],
    ] as const;
    const { vocabulary } = steered.shape;
    const rowOf = (logits: Float32Array, at: number) =>
      logits.subarray(at * vocabulary, (at + 1) * vocabulary);
    const together = await next(steered, prompt, ids[60]!, steering(hows));
    let worst = 0;
    for (const [at, how] of hows.entries()) {
      const copies = await next(steered, prompt, ids[60]!, steering(hows.map(() => how)));
      expect(bytes(rowOf(together, at)).equals(bytes(rowOf(copies, at)))).toBe(true);
      const alone = await next(steered, prompt, ids[60]!, steering([how]));
      worst = Math.max(worst, divergence(rowOf(together, at), alone));
    }
    const apart = divergence(rowOf(together, 0), rowOf(together, 2));
    console.log(
      `rows against single runs: divergence up to ${worst.toExponential(1)}; ` +
        `between two rows ${apart.toExponential(1)}`,
    );
    expect(worst).toBeLessThan(rounding);
    expect(apart).toBeGreaterThan(2 * worst);
  });
});

/**
 * Kernels for one and for several positions round differently (the weights have 4 bits, activations
 * 8): in nats, well above what that makes and far below what a lost or misplaced position makes.
 */
const rounding = 0.05;

/** Kullback-Leibler divergence of the two distributions of the next token, in nats. */
function divergence(a: Float32Array, b: Float32Array): number {
  const [p, q] = [a, b].map((logits) => {
    const highest = logits.reduce((most, value) => Math.max(most, value), -Infinity);
    const total = logits.reduce((sum, value) => sum + Math.exp(value - highest), 0);
    return Float64Array.from(logits, (value) => value - highest - Math.log(total));
  });
  return p!.reduce((sum, logP, i) => sum + Math.exp(logP) * (logP - q![i]!), 0);
}

describe("the cache of keys and values", () => {
  it("decodes as reading everything at once does, over the ends of its room", async () => {
    // Room comes in blocks of 64 positions: from short of one over exactly full into the next.
    let worst = 0;
    for (const [start, end] of [
      [62, 66],
      [127, 130],
    ] as const) {
      const cached = await steered.read(undefined, ids.slice(0, start));
      for (let at = start; at < end; at++) {
        const logits = (await steered.step(cached, [ids[at]!], off())).slice();
        const whole = await steered.read(undefined, ids.slice(0, at));
        const uncached = await next(steered, whole, ids[at]!);
        worst = Math.max(worst, divergence(uncached, logits));
        expect(divergence(uncached, logits), `position ${at}`).toBeLessThan(rounding);
      }
      expect(cached.length).toBe(end);
    }
    const missing = await steered.read(undefined, ids.slice(0, 129));
    const whole = await steered.read(undefined, ids.slice(0, 130));
    const mistake = divergence(
      await next(steered, whole, ids[130]!),
      await next(steered, missing, ids[130]!),
    );
    console.log(
      `cached against uncached: divergence up to ${worst.toExponential(1)}; ` +
        `with a position missing ${mistake.toExponential(1)}`,
    );
    expect(mistake).toBeGreaterThan(2 * worst);
  });

  it("gives the same bits whether its room grows, is full or is half empty", async () => {
    const growing = await steered.read(undefined, ids.slice(0, 62));
    const roomy = growing.select([0], 200);
    const roomOf = (each: KvCache) => Object.values(each.feeds)[0]!.dims[2];
    const rooms = new Set<number | undefined>();
    for (let at = 62; at < 67; at++) {
      rooms.add(roomOf(growing));
      const a = (await steered.step(growing, [ids[at]!], steering([[1, 1]]))).slice();
      const b = (await steered.step(roomy, [ids[at]!], steering([[1, 1]]))).slice();
      expect(bytes(a).equals(bytes(b)), `position ${at}`).toBe(true);
    }
    expect([...rooms]).toEqual([64, 128]);
    expect(roomOf(roomy)).toBeGreaterThan(256);
  });

  it("reads in chunks as at once", async () => {
    const atOnce = await next(steered, await steered.read(undefined, ids.slice(0, 180)), ids[180]!);
    let cached: KvCache | undefined;
    let from = 0;
    for (const to of [7, 64, 65, 128, 180]) {
      cached = await steered.read(cached, ids.slice(from, to));
      from = to;
    }
    const difference = divergence(atOnce, await next(steered, cached!, ids[180]!));
    console.log(`chunks against at once: divergence ${difference.toExponential(1)}`);
    expect(difference).toBeLessThan(rounding);
  });

  it("leaves the prompt's own cache as it was", async () => {
    const prompt = await steered.read(undefined, ids.slice(0, 50));
    const before = Object.values(prompt.feeds).map(({ data }) =>
      Buffer.from((data as Float32Array).slice().buffer),
    );
    await generate(steered, prompt, ids[50]!, [row(1), row(2)], {
      maxTokens: 5,
      stopIds: new Set(),
    });
    await steered.residuals(prompt, { prompt: [ids[50]!], continuation: ids.slice(51, 60) });
    expect(prompt.length).toBe(50);
    Object.values(prompt.feeds).forEach(({ data }, i) => {
      expect(Buffer.from((data as Float32Array).slice().buffer).equals(before[i]!)).toBe(true);
    });
  });
});

function row(seed: number, temperature = 1): GenerationRow {
  const sampling = { ...greedySampling, temperature, topK: 40 };
  return { weights: plan.weights, alpha: plan.alpha, sampling, seed };
}

describe("generate", () => {
  const options = { maxTokens: 16, stopIds: new Set<number>() };

  it("writes the same for a seed, something else for another, and the rows do not mix", async () => {
    const prompt = await steered.read(undefined, ids.slice(0, 50));
    const write = async (...seeds: number[]) =>
      (
        await generate(
          steered,
          prompt,
          ids[50]!,
          seeds.map((seed) => row(seed)),
          options,
        )
      ).map(({ ids: written }) => written.join());
    const [a, b, again] = await write(1, 2, 1);
    expect(again).toBe(a);
    expect(b).not.toBe(a);
    expect(await write(1, 2, 1)).toEqual([a, b, a]);
  });

  it("lets rows that have ended leave, and the others write on as if alone", async () => {
    const prompt = await steered.read(undefined, ids.slice(0, 50));
    const rows = [row(3), row(4), row(5)].map((each) => ({ ...each, alpha: 0 }));
    const [, second] = await generate(steered, prompt, ids[50]!, rows, options);
    // A token of the second row as the end: that row leaves there, and the third moves up.
    const stopIds = new Set([second!.ids[4]!]);
    const batches: Float32Array[] = [];
    const recording = Object.assign(Object.create(steered) as LanguageModel, {
      async step(...given: Parameters<LanguageModel["step"]>) {
        const logits = await steered.step(...given);
        batches.push(logits.slice());
        return logits;
      },
    });
    const ended = await generate(recording, prompt, ids[50]!, rows, { ...options, stopIds });
    expect(ended[1]).toEqual({
      ids: second!.ids.slice(0, second!.ids.indexOf(second!.ids[4]!)),
      finished: true,
    });
    const { vocabulary } = steered.shape;
    const left = [0, 2].filter((at) => !ended[at]!.finished);
    expect(left.length).toBeGreaterThan(0);
    for (const [at, index] of left.entries()) {
      const written = [ids[50]!, ...ended[index]!.ids];
      expect(written).toHaveLength(1 + options.maxTokens);
      // What its last token was drawn from: all before it, read at once.
      const whole = await steered.read(prompt, written.slice(0, -2));
      const logits = batches.at(-1)!.subarray(at * vocabulary, (at + 1) * vocabulary);
      expect(divergence(await next(steered, whole, written.at(-2)!), logits)).toBeLessThan(
        rounding,
      );
    }
  });

  it("stops within one decode step, whenever it is cancelled", async () => {
    const prompt = await steered.read(undefined, ids.slice(0, 50));
    let steps = 0;
    let stepsAtAbort = -1;
    const stop = new AbortController();
    const abort = () => {
      stop.abort();
      stepsAtAbort = steps;
    };
    const counting = Object.assign(Object.create(steered) as LanguageModel, {
      step: (...given: Parameters<LanguageModel["step"]>) => {
        steps++;
        // Once from outside, as a message arrives while a step runs.
        if (steps === 6) setImmediate(abort);
        return steered.step(...given);
      },
    });
    const writing = generate(counting, prompt, ids[50]!, [row(1)], {
      maxTokens: 200,
      stopIds: new Set(),
      signal: stop.signal,
    });
    await expect(writing).rejects.toMatchObject({ reason: "cancelled" });
    expect(stepsAtAbort).toBeGreaterThanOrEqual(6);
    expect(steps - stepsAtAbort).toBeLessThanOrEqual(1);

    const atToken = new AbortController();
    const told: number[] = [];
    const second = generate(steered, prompt, ids[50]!, [row(1)], {
      maxTokens: 200,
      stopIds: new Set(),
      signal: atToken.signal,
      onToken: (_, id) => told.push(id) === 3 && atToken.abort(),
    });
    await expect(second).rejects.toMatchObject({ reason: "cancelled" });
    expect(told).toHaveLength(3);
  });

  it("never writes past the context", async () => {
    const short = Object.create(steered) as LanguageModel;
    Object.defineProperty(short, "shape", { value: { ...steered.shape, context: 56 } });
    const prompt = await steered.read(undefined, ids.slice(0, 50));
    const [cut] = await generate(short, prompt, ids[50]!, [row(1)], options);
    expect(cut).toMatchObject({ finished: false, ids: { length: 5 } });
  });
});
