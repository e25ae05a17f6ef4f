import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/engine/random";
import type { SamplingOptions } from "../../../src/engine/sampling";
import { createSampler, greedySampling } from "../../../src/engine/sampling";

const plain: SamplingOptions = { ...greedySampling, temperature: 1 };

/** The probabilities that the options leave, computed the slow and obvious way. */
function expected(logits: readonly number[], options: SamplingOptions): number[] {
  const { temperature, topK, topP, minP } = options;
  const highest = Math.max(...logits);
  let kept = logits
    .map((z, id) => ({ id, p: Math.exp((z - highest) / temperature) }))
    .sort((a, b) => b.p - a.p || a.id - b.id);
  if (topK > 0) kept = kept.slice(0, topK);
  const total = kept.reduce((sum, { p }) => sum + p, 0);
  if (topP < 1) {
    // Equally likely tokens are kept or dropped together.
    const reached = (limit: number) =>
      kept.reduce((sum, { p }) => sum + (p > limit ? p : 0), 0) >= topP * total;
    kept = kept.filter(({ p }, i) => i === 0 || p === kept[0]!.p || !reached(p));
  }
  kept = kept.filter(({ p }, i) => i === 0 || p >= minP);
  const mass = kept.reduce((sum, { p }) => sum + p, 0);
  const result = new Array<number>(logits.length).fill(0);
  for (const { id, p } of kept) result[id] = p / mass;
  return result;
}

function frequencies(logits: readonly number[], options: SamplingOptions, draws: number): number[] {
  const sampler = createSampler(options, 3);
  const view = Float32Array.from(logits);
  const counts = new Array<number>(logits.length).fill(0);
  for (let i = 0; i < draws; i++) counts[sampler.next(view, [])]! += 1 / draws;
  return counts;
}

describe("createSampler", () => {
  it("greedy: the largest, the first of equals, past NaN and -Infinity", () => {
    const greedy = createSampler(greedySampling, 0);
    expect(greedy.next(Float32Array.of(-3, 2, 5, 5, 1), [])).toBe(2);
    expect(greedy.next(Float32Array.of(NaN, -Infinity, -8, NaN), [])).toBe(2);
    const dead = () => greedy.next(Float32Array.of(NaN, -Infinity), []);
    expect(dead).toThrow(expect.objectContaining({ reason: "internal" }));
    expect(() => greedy.next(Float32Array.of(0, Infinity), [])).toThrow(/not a number/);
  });

  const logits = [2, 1.5, 1.5, 0, -1, 3, -4, 0.5];
  it.each<[string, Partial<SamplingOptions>]>([
    ["temperature alone", {}],
    ["a low temperature", { temperature: 0.4 }],
    ["a high temperature", { temperature: 2.5 }],
    ["top-k", { topK: 3 }],
    ["top-k above the vocabulary", { topK: 100 }],
    ["top-p", { topP: 0.7 }],
    ["top-p after temperature", { topP: 0.9, temperature: 2 }],
    ["min-p", { minP: 0.2 }],
    ["top-k and top-p", { topK: 4, topP: 0.8 }],
    ["top-p and min-p", { topP: 0.95, minP: 0.1 }],
    ["all", { temperature: 1.5, topK: 5, topP: 0.9, minP: 0.3 }],
    ["a top-p of 0", { topP: 0 }],
    ["a min-p of 1", { minP: 1 }],
  ])("draws with the right frequencies: %s", (_, some) => {
    const options = { ...plain, ...some };
    const draws = 40_000;
    const wanted = expected(logits, options);
    frequencies(logits, options, draws).forEach((frequency, id) => {
      if (wanted[id] === 0) expect(frequency).toBe(0);
      // Five standard deviations; the seed is fixed, so this never fails by chance.
      const spread = 5 * Math.sqrt((wanted[id]! * (1 - wanted[id]!)) / draws);
      expect(Math.abs(frequency - wanted[id]!)).toBeLessThanOrEqual(spread + 1e-9);
    });
  });

  it("only ever draws what the options keep", () => {
    const value = fc.integer({ min: -40, max: 40 }).map((n) => n / 4);
    const unit = fc.integer({ min: 0, max: 20 }).map((n) => n / 20);
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 60 }),
        fc.record({
          temperature: fc.constantFrom(0.3, 1, 2),
          topK: fc.integer({ min: 0, max: 70 }),
          topP: unit,
          minP: unit,
          repetitionPenalty: fc.constant(1),
        }),
        fc.nat(),
        (scores, options, seed) => {
          const sampler = createSampler(options, seed);
          const wanted = expected(scores, options);
          for (let i = 0; i < 20; i++) {
            expect(wanted[sampler.next(Float32Array.from(scores), [])]).toBeGreaterThan(0);
          }
        },
      ),
    );
  });

  it("is the same for a seed and another for another", () => {
    const options = { ...plain, topK: 40, topP: 0.9 };
    const random = createRandom(1);
    const steps = Array.from({ length: 50 }, () =>
      Float32Array.from({ length: 500 }, () => random() * 6),
    );
    const write = (seed: number) => {
      const sampler = createSampler(options, seed);
      return steps.map((step) => sampler.next(step, []));
    };
    expect(write(7)).toEqual(write(7));
    expect(write(7)).not.toEqual(write(8));
  });

  it("penalises a token once, whatever its sign, and leaves the logits alone", () => {
    const options = { ...greedySampling, repetitionPenalty: 2 };
    const sampler = createSampler(options, 0);
    const scores = Float32Array.of(3, 2, -1, -1.5);
    expect(sampler.next(scores, [])).toBe(0);
    // 3 becomes 1.5 once; penalised twice it would be 0.75.
    expect(sampler.next(scores, [0, 0, 0])).toBe(1);
    expect(sampler.next(Float32Array.of(3, 1.4, -1, -1), [0, 0])).toBe(0);
    // -1 becomes -2, below -1.5.
    expect(sampler.next(Float32Array.of(-9, -9, -1, -1.5), [2])).toBe(3);
    expect([...scores]).toEqual([3, 2, -1, -1.5]);
    expect(sampler.next(scores, [99])).toBe(0);
  });

  it("draws from a vocabulary of usual size in well under a decode step", () => {
    const random = createRandom(5);
    const scores = Float32Array.from({ length: 49_152 }, () => 12 * random() - 6);
    const time = (options: SamplingOptions) => {
      const sampler = createSampler(options, 1);
      const times = Array.from({ length: 60 }, () => {
        const start = performance.now();
        sampler.next(scores, [1, 2, 3]);
        return performance.now() - start;
      });
      return times.sort((a, b) => a - b)[times.length >> 1]!;
    };
    const topK = time({ ...plain, temperature: 0.6, topK: 40, topP: 0.9 });
    // Measured at 0.2 ms; the bound leaves room for a busy machine.
    expect(topK).toBeLessThan(2);
  });

  it.each<[Partial<SamplingOptions>, RegExp]>([
    [{ temperature: -1 }, /temperature/],
    [{ temperature: NaN }, /temperature/],
    [{ topK: 1.5 }, /top-k/],
    [{ topP: 1.1 }, /top-p/],
    [{ minP: -0.1 }, /min-p/],
    [{ repetitionPenalty: 0 }, /penalty/],
  ])("refuses %j", (some, message) => {
    const create = () => createSampler({ ...plain, ...some }, 1);
    expect(create).toThrow(expect.objectContaining({ reason: "badRequest" }));
    expect(create).toThrow(message);
    expect(() => createSampler(plain, 0.5)).toThrow(/seed/);
  });
});

describe("createRandom", () => {
  it("is even over [0, 1)", () => {
    const random = createRandom(42);
    const bins = new Array<number>(20).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const value = random();
      if (!(value >= 0 && value < 1)) throw new Error(`${value} is outside [0, 1)`);
      bins[Math.floor(value * 20)]! += 1;
    }
    // Chi-squared with 19 degrees of freedom exceeds 43.8 once in a thousand.
    const chi = bins.reduce((sum, n) => sum + (n - 5000) ** 2 / 5000, 0);
    expect(chi).toBeLessThan(43.8);
  });

  it("gives unrelated streams for neighbouring and for large seeds", () => {
    const first = (seed: number) => createRandom(seed)();
    const seeds = [0, 1, 2, -1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
    expect(new Set(seeds.map(first)).size).toBe(seeds.length);
    const firsts = Array.from({ length: 4000 }, (_, seed) => first(seed));
    const mean = firsts.reduce((a, b) => a + b) / firsts.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / firsts.length));
  });

  it("follows the published xoshiro128** from a known state", () => {
    // The recurrence once more with BigInt, so that no 32-bit operator is shared with the code.
    const mask = 0xffffffffn;
    const rotl = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
    const splitMix = (seed: bigint) => {
      let z = seed;
      return () => {
        z = (z + 0x9e3779b9n) & mask;
        let y = z;
        y = ((y ^ (y >> 16n)) * 0x21f0aaadn) & mask;
        y = ((y ^ (y >> 15n)) * 0x735a2d97n) & mask;
        return y ^ (y >> 15n);
      };
    };
    const low = splitMix(7n);
    const high = splitMix(3n);
    const s: [bigint, bigint, bigint, bigint] = [low(), low() ^ high(), high(), low()];
    const random = createRandom(3 * 2 ** 32 + 7);
    for (let i = 0; i < 100; i++) {
      const result = (rotl((s[1] * 5n) & mask, 7n) * 9n) & mask;
      const t = (s[1] << 9n) & mask;
      s[2] ^= s[0];
      s[3] ^= s[1];
      s[1] ^= s[2];
      s[0] ^= s[3];
      s[2] ^= t;
      s[3] = rotl(s[3], 11n);
      expect(random()).toBe(Number(result) / 2 ** 32);
    }
  });
});
