import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { halfToFloat, readSafetensors } from "../../../src/steering/safetensors";
import { readSiteHeads } from "../../../src/steering/siteHeads";

interface Part {
  dtype: string;
  shape: number[];
  bytes: Uint8Array;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: number[];
}

/** Writes a safetensors file; `edit` may spoil the header first. */
function write(
  parts: Record<string, Part>,
  metadata?: Record<string, unknown>,
  edit: (header: Record<string, Entry>) => void = () => {},
): Uint8Array {
  const header: Record<string, Entry> = {};
  let offset = 0;
  for (const [name, part] of Object.entries(parts)) {
    header[name] = {
      dtype: part.dtype,
      shape: part.shape,
      data_offsets: [offset, offset + part.bytes.length],
    };
    offset += part.bytes.length;
  }
  edit(header);
  const whole = metadata ? { __metadata__: metadata, ...header } : header;
  const json = new TextEncoder().encode(JSON.stringify(whole));
  const file = new Uint8Array(8 + json.length + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  let at = 8 + json.length;
  for (const part of Object.values(parts)) {
    file.set(part.bytes, at);
    at += part.bytes.length;
  }
  return file;
}

const f32 = (shape: number[], ...values: number[]): Part => ({
  dtype: "F32",
  shape,
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});
const u16 = (dtype: string, shape: number[], ...bits: number[]): Part => ({
  dtype,
  shape,
  bytes: new Uint8Array(Uint16Array.from(bits).buffer),
});
const corrupt = expect.objectContaining({ reason: "modelCorrupt" });

describe("readSafetensors", () => {
  it("decodes F32, F16 and BF16", () => {
    const file = readSafetensors(
      write({
        half: u16("F16", [2, 3], 0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x3555),
        brain: u16("BF16", [2], 0x3f80, 0xc2f7),
        whole: f32([2], 1.5, -3.25),
        scalar: f32([], 7),
      }),
    );
    expect([...file.read("half")]).toEqual([1, -2, 65504, 2 ** -24, -0, 0.333251953125]);
    expect([...file.read("brain")]).toEqual([1, -123.5]);
    expect([...file.read("whole")]).toEqual([1.5, -3.25]);
    expect([...file.read("scalar")]).toEqual([7]);
    expect(file.shape("half")).toEqual([2, 3]);
    expect(file.shape("scalar")).toEqual([]);
    expect(file.shape("other")).toBeUndefined();
  });

  it("reads bytes that start anywhere in their buffer", () => {
    const file = write({ a: f32([1], 42) });
    const shifted = new Uint8Array(file.length + 3);
    shifted.set(file, 3);
    expect(readSafetensors(shifted.subarray(3)).read("a")[0]).toBe(42);
  });

  it("decodes every half as the platform's own conversion of its parts", () => {
    expect(halfToFloat(0x7c00)).toBe(Infinity);
    expect(halfToFloat(0xfc00)).toBe(-Infinity);
    expect(halfToFloat(0x7e00)).toBeNaN();
    expect(halfToFloat(0x0400)).toBe(2 ** -14);
    expect(halfToFloat(0x03ff)).toBe(1023 * 2 ** -24);
    for (let bits = 1; bits < 0x7c00; bits++) {
      if (!(halfToFloat(bits) > halfToFloat(bits - 1))) throw new Error(`not rising at ${bits}`);
    }
  });

  const good = { a: f32([2], 1, 2), b: f32([1], 3) };
  it.each<[string, Uint8Array]>([
    ["an empty file", new Uint8Array(0)],
    ["a header length beyond the file", new Uint8Array(9).fill(255)],
    ["a header that is not JSON", Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7b])],
    ["a header that is an array", Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 0x5b, 0x5d])],
    ["a truncated file", write(good).subarray(0, -1)],
    ["trailing bytes", Uint8Array.from([...write(good), 0])],
    ["an unknown type", write(good, undefined, (h) => (h.a!.dtype = "F12"))],
    ["a type named like a method", write(good, undefined, (h) => (h.a!.dtype = "toString"))],
    ["a negative size", write(good, undefined, (h) => (h.a!.shape = [-2]))],
    ["a shape that does not fit", write(good, undefined, (h) => (h.a!.shape = [3]))],
    ["offsets outside", write(good, undefined, (h) => (h.b!.data_offsets = [800, 804]))],
    ["overlapping tensors", write(good, undefined, (h) => (h.b!.data_offsets = [4, 8]))],
    ["metadata of another kind", write(good, { labels: ["a"] })],
  ])("refuses %s", (_, bytes) => {
    expect(() => readSafetensors(bytes)).toThrow(corrupt);
  });

  it("refuses to read what is missing or not a float", () => {
    const file = readSafetensors(
      write({ n: { dtype: "I64", shape: [1], bytes: new Uint8Array(8) } }),
    );
    expect(() => file.read("n")).toThrow(/I64/);
    expect(() => file.read("m")).toThrow(corrupt);
  });
});

describe("readSiteHeads", () => {
  const site = {
    "layers.3.mean": f32([2], 1, 2),
    "layers.3.scale": f32([1], 4),
    "layers.3.linear.weight": f32([2, 2], 1, 2, 3, 4),
    "layers.3.linear.bias": f32([2], 5, 6),
  };

  it("reads the shipped pack", () => {
    const file = readSafetensors(readFileSync("models/smollm2-135m-rewriter/tones.safetensors"));
    const pack = JSON.parse(readFileSync("models/smollm2-135m-rewriter/pack.json", "utf8"));
    const { labels, sites } = readSiteHeads(file);
    expect(labels).toEqual(pack.tones.map((tone: { id: string }) => tone.id));
    expect([...sites.keys()].map(String)).toEqual(Object.keys(pack.sites));
    for (const heads of sites.values()) {
      expect(heads.d).toBe(pack.architecture.hidden);
      expect(heads.mlp?.w1.length).toBe(heads.mlp!.hidden * heads.d);
      expect(heads.linear?.weight.length).toBe(labels.length * heads.d);
      expect(heads.directions?.length).toBe(labels.length * heads.d);
    }
  });

  it("reads labels with commas and one direction for all", () => {
    const path = "test/fixtures/architectures/llama/classifier.safetensors";
    const file = readSafetensors(readFileSync(path));
    const { labels, sites } = readSiteHeads(file);
    expect(labels).toEqual(["a", "b", "c"]);
    expect([...sites.keys()]).toEqual([0, 1, 2, 3]);
    const { directions, d } = sites.get(2)!;
    for (let k = 0; k < 3; k++) {
      expect(directions!.subarray(k * d, (k + 1) * d)).toEqual(file.read("layers.2.direction"));
    }
  });

  it("leaves out the heads a site lacks", () => {
    const { sites } = readSiteHeads(readSafetensors(write(site, { labels: '["x","y"]' })));
    expect(sites.get(3)).toEqual({
      d: 2,
      labels: 2,
      mean: Float32Array.of(1, 2),
      scale: 4,
      linear: { weight: Float32Array.of(1, 2, 3, 4), bias: Float32Array.of(5, 6) },
    });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["no labels", write(site), /labels/],
    ["labels that are not JSON", write(site, { labels: "[x" }), /JSON/],
    ["a label twice", write(site, { labels: "x,x" }), /labels/],
    ["labels of another number", write(site, { labels: "x,y,z" }), /linear\.weight.*\[3, 2\]/],
    ["no site", write({ a: f32([1], 1) }, { labels: "x" }), /no site/],
    ["no bias", write(without("layers.3.linear.bias"), { labels: "x,y" }), /linear\.bias/],
    ["no mean", write(without("layers.3.mean"), { labels: "x,y" }), /mean/],
    [
      "a scale of zero",
      write({ ...site, "layers.3.scale": f32([1], 0) }, { labels: "x,y" }),
      /scale.*positive/,
    ],
    [
      "a weight that is not finite",
      write({ ...site, "layers.3.linear.bias": f32([2], 1, NaN) }, { labels: "x,y" }),
      /not finite/,
    ],
  ])("refuses %s", (_, bytes, message) => {
    const read = () => readSiteHeads(readSafetensors(bytes));
    expect(read).toThrow(corrupt);
    expect(read).toThrow(message);
  });

  function without(name: string): Record<string, Part> {
    return Object.fromEntries(Object.entries(site).filter(([key]) => key !== name));
  }
});
