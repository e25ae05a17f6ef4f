import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Engine } from "../../src/engine/engine";
import { openPack } from "../../src/engine/packStore";
import { loadSteeredModel } from "../../src/engine/steeredModel";
import { planSteering } from "../../src/engine/steeringPlan";
import type { RewriteProgress, RewriteResult } from "../../src/shared/engineProtocol";
import { calibratedSteering } from "../../src/shared/steeringRequest";
import {
  packFolder,
  readValidation,
  rewriteRequest,
  temporaryFolder,
  threads,
} from "./packForTests";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const cache = temporaryFolder();
const problems: string[] = [];
let engine: Engine;

beforeAll(async () => {
  engine = await Engine.open(
    { packFolder, cacheFolder: cache.path, threads },
    { onProblem: (message) => problems.push(message) },
  );
});

afterAll(async () => {
  await engine?.dispose();
  cache.remove();
});

const short = "The parcel was sent back. Give us the right address by Friday.";
const shorter = "Give us the right address by Friday.";

/** What of a result does not depend on the clock. */
function timeless({ text, passages, alternatives, tokens }: RewriteResult) {
  return { text, passages, alternatives, tokens };
}

describe("Engine", () => {
  it("tells what people need to know of the pack", () => {
    const { tones, sites, calibrated, blocks } = engine.summary;
    expect(tones.map(({ id }) => id)).toContain("empathetic");
    expect(sites.length).toBeGreaterThan(0);
    for (const { site, depth, accuracy } of sites) {
      expect(depth).toBeCloseTo(site / (blocks - 1));
      expect(accuracy).toBeGreaterThan(1 / tones.length);
    }
    expect(calibrated.alpha).toBeLessThanOrEqual(calibrated.alphaMaximum);
    expect(problems).toEqual([]);
  });

  it("writes the same for a seed, and something else for another", async () => {
    const request = (seed: number) => ({
      ...rewriteRequest(shorter, { empathetic: 1 }, { fidelity: "free", alternatives: 3 }),
      generation: { ...rewriteRequest("", {}).generation, seed },
    });
    const first = await engine.rewrite(request(1));
    expect(timeless(await engine.rewrite(request(1)))).toEqual(timeless(first));
    const other = await engine.rewrite(request(2));
    expect([other.text, ...other.alternatives]).not.toEqual([first.text, ...first.alternatives]);
    expect(first.alternatives.length).toBeGreaterThan(0);
    expect(new Set([first.text, ...first.alternatives]).size).toBe(1 + first.alternatives.length);
  });

  it("tells progress in whole words, which grow, and ends with the result", async () => {
    const seen: RewriteProgress[] = [];
    const text = `${short}\n\nThe meeting was moved to 3 May. Please tell the others.`;
    const result = await engine.rewrite(rewriteRequest(text, { casual: 1 }), {
      onProgress: (progress) => seen.push(progress),
    });
    expect(result.passages).toHaveLength(2);
    result.passages.forEach((passage, i) => {
      const own = seen.filter((progress) => progress.passage === i);
      const written = own.map((progress) => progress.written);
      expect(written.length).toBeGreaterThan(2);
      expect(written.at(-1)).toBe(passage.after);
      for (const each of written) {
        expect(each === passage.after || /\s$/.test(each), JSON.stringify(each)).toBe(true);
      }
      // It only goes back where a unit turned out as something else than its first row.
      const back = written.filter((each, n) => n > 0 && !each.startsWith(written[n - 1]!));
      expect(back.length).toBeLessThanOrEqual(passage.units.length);
      expect(own.every((progress) => progress.passages === 2)).toBe(true);
    });
    const tokens = seen.map((progress) => progress.tokens);
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    expect(result.tokens).toBeGreaterThanOrEqual(tokens.at(-1)!);
  });

  it("stops when it is cancelled, and works on afterwards", async () => {
    const stop = new AbortController();
    let after = 0;
    const writing = engine.rewrite(rewriteRequest(short, { expert: 1 }), {
      signal: stop.signal,
      onProgress: () => (stop.signal.aborted ? after++ : stop.abort()),
    });
    await expect(writing).rejects.toMatchObject({ reason: "cancelled" });
    expect(after).toBe(0);
    const reading = await engine.readTones(short);
    expect(Object.keys(reading)).toEqual(engine.summary.tones.map(({ id }) => id));
    await expect(
      engine.rewrite(rewriteRequest(short, { expert: 1 }), { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ reason: "cancelled" });
  });

  it("changes prose alone, and a foreign passage only if it is told to", async () => {
    const german = "Bitte beachten Sie, dass die Lieferung erst am kommenden Montag eintrifft.";
    const text = `# Notes\r\n\r\n\`\`\`js\r\nlet x = 1;\r\n\`\`\`\r\n\r\n${german}\r\n`;
    const result = await engine.rewrite(
      rewriteRequest(text, { casual: 1 }, { format: "markdown", fidelity: "free" }),
    );
    const foreign = result.passages.find(({ before }) => before === german)!;
    expect(foreign).toMatchObject({ changed: false, reason: "language", after: german, units: [] });
    expect(result.text).toContain("\r\n\r\n```js\r\nlet x = 1;\r\n```\r\n\r\n");
    expect(result.text.endsWith(`${german}\r\n`)).toBe(true);
    await expect(
      engine.ladder({ ...rewriteRequest(german, { casual: 1 }), strengths: [1] }),
    ).rejects.toMatchObject({ reason: "badRequest" });
  });

  it("leaves a word alone that is far too long to be prose", async () => {
    const key = "k3y".repeat(200);
    const result = await engine.rewrite(
      rewriteRequest(`${key}`, { casual: 1 }, { anyLanguage: true }),
    );
    expect(result).toMatchObject({ text: key, passages: [{ changed: false, reason: "tooLong" }] });
  });

  it.each([
    ["", "emptyText"],
    [" \r\n\t ", "emptyText"],
    ["word ".repeat(40_000), "textTooLong"],
  ])("refuses no text and too much of it", async (text, reason) => {
    await expect(engine.rewrite(rewriteRequest(text, { casual: 1 }))).rejects.toMatchObject({
      reason,
    });
    await expect(engine.readTones(text)).rejects.toMatchObject({ reason });
  });

  it("gives one text a strength, the source at 0", async () => {
    const strengths = [-1, 0, 0.5, 1, 1e6];
    const text = `> ${short}\n`;
    const { rungs } = await engine.ladder({
      ...rewriteRequest(text, { empathetic: 1 }, { format: "markdown", fidelity: "free" }),
      strengths,
    });
    expect(rungs.map(({ strength }) => strength)).toEqual(strengths);
    expect(rungs[1]).toMatchObject({ text, changed: false, roundTrip: null });
    for (const rung of rungs) {
      expect(rung.changed).toBe(rung.text !== text);
      expect(rung.roundTrip !== null).toBe(rung.changed);
      expect(rung.text).toMatch(/^> .*\n$/s);
      expect(sum(Object.values(rung.tones))).toBeCloseTo(1, 4);
    }
  });
});

describe("readTones", () => {
  it("adds up to 1 and tells the tones of people's rewrites apart", async () => {
    const tones = engine.summary.tones.map(({ id }) => id).filter((id) => id !== "neutral");
    const rows = readValidation().filter(({ rewrites }) => tones.every((tone) => rewrites[tone]));
    let right = 0;
    let read = 0;
    for (const { rewrites } of rows.slice(0, 5)) {
      for (const tone of tones) {
        const reading = await engine.readTones(rewrites[tone]!);
        expect(sum(Object.values(reading))).toBeCloseTo(1, 4);
        const likeliest = Object.keys(reading).reduce((a, b) =>
          reading[a]! >= reading[b]! ? a : b,
        );
        right += Number(likeliest === tone);
        read++;
      }
    }
    console.log(`tones named rightly in ${right} of ${read} held-out texts`);
    expect(right / read).toBeGreaterThan(3 / engine.summary.tones.length);
  });

  it("reads warmth in a warm text and expertise in an expert one", async () => {
    const warm = await engine.readTones(
      "I'm so sorry you had to go through this. It must have been exhausting, and you're not alone; we're here for you.",
    );
    const expert = await engine.readTones(
      "The apparatus is to be calibrated prior to operation in accordance with the manufacturer's specification.",
    );
    expect(warm["empathetic"]).toBeGreaterThan(warm["expert"]!);
    expect(expert["expert"]).toBeGreaterThan(expert["empathetic"]!);
    expect(warm["empathetic"]).toBeGreaterThan(expert["empathetic"]!);
  });

  it("reads a long text by its beginning", async () => {
    const reading = await engine.readTones("The report is due on Monday. ".repeat(250));
    expect(sum(Object.values(reading))).toBeCloseTo(1, 4);
  });
});

describe("another layer at run time", () => {
  it("is patched once and found again", async () => {
    const opened = await openPack(packFolder, { cacheFolder: cache.path });
    const heads = await opened.heads();
    const steering = { ...calibratedSteering({ casual: 1 }), layerDepth: 0.35 };
    const { graph } = planSteering(steering, opened.pack, heads);
    const load = async () => {
      const start = { wall: performance.now(), cpu: process.cpuUsage() };
      const options = {
        cacheFolder: cache.path,
        threads,
        onProblem: (why: string) => expect.fail(why),
      };
      const model = await loadSteeredModel(opened, heads, graph, options);
      const { user, system } = process.cpuUsage(start.cpu);
      const wall = performance.now() - start.wall;
      await model.dispose();
      return `${(wall / 1000).toFixed(2)} s (${((user + system) / 1e6).toFixed(2)} s of work)`;
    };
    const graphs = () => readdirSync(cache.path).filter((name) => name.endsWith(".graph")).length;
    const before = graphs();
    const cold = await load();
    expect(graphs()).toBe(before + 1);
    const warm = await load();
    expect(graphs()).toBe(before + 1);
    console.log(`another layer: ${cold} at first, ${warm} from the cache`);
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
