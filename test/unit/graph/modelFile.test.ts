import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { create, equals, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ByteSource } from "../../../src/graph/byteSource";
import { memorySource } from "../../../src/graph/byteSource";
import { readModel, referencedFiles, writeModel } from "../../../src/graph/modelFile";
import type { TensorProto } from "../../../src/graph/proto/onnx_pb";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from "../../../src/graph/proto/onnx_pb";
import { TonesteerError } from "../../../src/shared/errors";

const architectures = join(__dirname, "../../fixtures/architectures");
const graphs = readdirSync(architectures).flatMap((name) =>
  ["fused", "fused-int4", "unfused"]
    .map((kind) => join(architectures, name, kind, "model.onnx"))
    .filter((path) => existsSync(path)),
);
const fused = join(architectures, "llama/fused/model.onnx");
const unfused = join(architectures, "llama/unfused/model.onnx");

function countingSource(bytes: Uint8Array): ByteSource & { largest: number } {
  return {
    size: bytes.length,
    largest: 0,
    read(offset, length) {
      this.largest = Math.max(this.largest, length);
      return memorySource(bytes).read(offset, length);
    },
  };
}

function external({ externalData }: TensorProto): Record<string, string> {
  return Object.fromEntries(externalData.map(({ key, value }) => [key, value]));
}

describe("readModel", () => {
  it.each(graphs)("%s: every weight keeps its bytes", async (path) => {
    const bytes = new Uint8Array(readFileSync(path));
    const whole = fromBinary(ModelProtoSchema, bytes).graph!;
    const model = await readModel(memorySource(bytes), "a.onnx");
    const lean = model.proto.graph;
    expect(lean.initializer.map((t) => t.name)).toEqual(whole.initializer.map((t) => t.name));
    whole.initializer.forEach((original, i) => {
      const tensor = lean.initializer[i]!;
      expect(tensor.dims).toEqual(original.dims);
      if (original.rawData.length <= 1024) {
        expect(equals(TensorProtoSchema, tensor, original)).toBe(true);
        return;
      }
      const { location, offset, length } = external(tensor);
      expect(location).toBe("a.onnx");
      expect(tensor.dataLocation).toBe(TensorProto_DataLocation.EXTERNAL);
      expect(tensor.rawData.length).toBe(0);
      const there = bytes.subarray(Number(offset), Number(offset) + Number(length));
      expect(Buffer.from(original.rawData).equals(there)).toBe(true);
    });
    lean.initializer = whole.initializer = [];
    expect(equals(GraphProtoSchema, lean, whole)).toBe(true);
  });

  it("leaves a graph whose weights lie elsewhere byte for byte as it was", async () => {
    const bytes = readFileSync(fused);
    const model = await readModel(memorySource(bytes), "model.onnx");
    expect(Buffer.from(writeModel(model)).equals(bytes)).toBe(true);
  });

  it("makes a small graph of a file that holds its weights, and reads them in no piece", async () => {
    const source = countingSource(readFileSync(unfused));
    const written = writeModel(await readModel(source, "model.onnx"));
    expect(written.length).toBeLessThan(statSync(unfused).size / 5);
    expect(source.largest).toBeLessThanOrEqual(1 << 16);
  });

  it("keeps unknown fields, typed data, and tensors in attributes and subgraphs in place", async () => {
    const big = { dataType: 1, dims: [600n], rawData: new Uint8Array(2400).fill(7) };
    const original = create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ version: 18n }],
      graph: {
        initializer: [
          {
            name: "typed",
            dataType: 1,
            dims: [600n],
            floatData: Array.from({ length: 600 }, () => 0.5),
          },
          { name: "raw", ...big },
        ],
        node: [
          {
            opType: "If",
            output: ["y"],
            attribute: [{ name: "then_branch", g: { initializer: [{ name: "inner", ...big }] } }],
          },
          { opType: "Constant", output: ["c"], attribute: [{ name: "value", t: big }] },
        ],
      },
    });
    const unknown = new BinaryWriter().tag(900, WireType.LengthDelimited).string("kept").finish();
    const bytes = Buffer.concat([toBinary(ModelProtoSchema, original), unknown]);
    const { proto } = await readModel(memorySource(bytes), "m.onnx");
    const [typed, raw] = proto.graph.initializer;
    expect(typed!.floatData).toHaveLength(600);
    expect(external(raw!)["length"]).toBe("2400");
    expect(proto.graph.node[0]!.attribute[0]!.g!.initializer[0]!.rawData).toEqual(big.rawData);
    expect(proto.graph.node[1]!.attribute[0]!.t!.rawData).toEqual(big.rawData);
    expect(Buffer.from(writeModel({ proto, fileName: "m.onnx" })).includes("kept")).toBe(true);
  });

  it("refuses a file that is cut off, wherever it is cut", async () => {
    const bytes = readFileSync(unfused);
    const step = Math.ceil(bytes.length / 40);
    for (let length = 0; length < bytes.length; length += step) {
      await expectCorrupt(bytes.subarray(0, length));
    }
    await expectCorrupt(bytes.subarray(0, bytes.length - 1));
  });

  it("refuses what is no model", async () => {
    await expectCorrupt(Buffer.from("version https://git-lfs.github.com/spec/v1\nsize 974497\n"));
    await expectCorrupt(Buffer.from("<!DOCTYPE html><html></html>"));
    await expectCorrupt(readFileSync(join(architectures, "llama/unfused/config.json")));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), (bytes) => expectCorrupt(bytes)),
      { numRuns: 200 },
    );
  });

  it("passes on what the file system says", async () => {
    const failure = new Error("EIO");
    const source = { size: 100, read: () => Promise.reject(failure) };
    await expect(readModel(source, "m.onnx")).rejects.toBe(failure);
  });
});

describe("referencedFiles", () => {
  it("names every file once, also those that subgraphs and attributes refer to", async () => {
    const at = (value: string) => ({ externalData: [{ key: "location", value }] });
    const proto = create(ModelProtoSchema, {
      graph: {
        initializer: [at("b"), at("a"), at("b")],
        sparseInitializer: [{ values: at("sparse") }],
        node: [
          {
            attribute: [
              { t: at("constant") },
              { tensors: [at("list")] },
              { g: { node: [{ attribute: [{ t: at("../inner") }] }] } },
            ],
          },
        ],
      },
      functions: [{ node: [{ attribute: [{ t: at("function") }] }] }],
    });
    const model = { proto: proto as never, fileName: "m.onnx" };
    expect(referencedFiles(model)).toEqual(
      ["../inner", "a", "b", "constant", "function", "list", "sparse"].sort(),
    );
    const hub = await readModel(memorySource(readFileSync(unfused)), "model_q4.onnx");
    expect(referencedFiles(hub)).toEqual(["model_q4.onnx"]);
    const genai = await readModel(memorySource(readFileSync(fused)), "model.onnx");
    expect(referencedFiles(genai)).toEqual(["model.onnx.data"]);
  });
});

async function expectCorrupt(bytes: Uint8Array): Promise<void> {
  const error: unknown = await readModel(memorySource(bytes), "m.onnx").catch((e: unknown) => e);
  expect(TonesteerError.is(error, "modelCorrupt"), String(error)).toBe(true);
}
