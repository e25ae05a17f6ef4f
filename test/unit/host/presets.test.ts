import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  allPresets,
  formatPresets,
  parsePresets,
  presetName,
  shippedPresets,
} from "../../../src/host/presets";

const pack = JSON.parse(readFileSync("models/smollm2-135m-rewriter/pack.json", "utf8")) as {
  tones: { id: string }[];
};
const tones = pack.tones.map(({ id }) => id);

describe("presets", () => {
  it("that are shipped name tones of the shipped pack", () => {
    expect(shippedPresets).toHaveLength(5);
    for (const { weights } of shippedPresets) {
      expect(tones).toEqual(expect.arrayContaining(Object.keys(weights)));
    }
  });

  it("of one's own come first and hide a shipped one of the same name", () => {
    const own = [{ name: "Kind reply", weights: { casual: 1 } }];
    const all = allPresets(own);
    expect(all[0]).toEqual({ ...own[0], shipped: false });
    expect(all.filter(({ name }) => name === "Kind reply")).toHaveLength(1);
    expect(all).toHaveLength(5);
  });

  it("are read back as they were written", () => {
    const read = parsePresets(formatPresets(shippedPresets));
    expect(read).toEqual(shippedPresets.map(({ name, weights }) => ({ name, weights })));
  });

  it.each([
    ["no JSON", "{", /not JSON/u],
    ["another file", "{}", /format/u],
    ["another format", '{"format": 2, "presets": []}', /format/u],
    [
      "a weight above 1",
      '{"format": 1, "presets": [{"name": "a", "weights": {"casual": 2}}]}',
      /presets\.0\.weights\.casual/u,
    ],
    ["no name", '{"format": 1, "presets": [{"name": " ", "weights": {}}]}', /presets\.0\.name/u],
  ])("are refused from a file with %s", (_, json, message) => {
    expect(() => parsePresets(json)).toThrow(message);
  });

  it("have a name", () => {
    expect(presetName("  Calm ")).toBe("Calm");
    expect(() => presetName(" ")).toThrow(/1 to 60/u);
    expect(() => presetName("x".repeat(61))).toThrow(/1 to 60/u);
  });
});
