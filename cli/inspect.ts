import { open, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { describeInputs } from "../src/graph/describeInputs";
import { readModel, referencedFiles } from "../src/graph/modelFile";
import { findResidualStream } from "../src/graph/residualStream";
import { fileSource } from "../src/engine/fileSource";
import { TonesteerError } from "../src/shared/errors";
import { exitCodes, runProgram } from "./program";
import { parse, usage, type Command } from "./usage";

const command: Command = {
  name: "inspect",
  summary: "Shows the blocks of an ONNX decoder, and where steering would be spliced in.",
  operand: "MODEL",
  options: { json: { type: "boolean", help: "Write it as JSON." } },
  notes:
    "MODEL is an .onnx file or a folder with model.onnx. Weights are not read.\n" +
    "Exit codes: 0 understood, 1 not understood or unreadable, 2 bad usage.",
};

async function main(): Promise<number> {
  const given = parse(command, process.argv.slice(2));
  const [operand, ...more] = given.operands;
  if (operand === undefined || more.length > 0) throw usage("Name one model file or folder.");
  const path = await modelFile(resolve(operand));
  const file = await open(path).catch((error: Error) => {
    throw new TonesteerError(
      "diskFailed",
      `${path} cannot be read (${error.message}). Check its permissions.`,
    );
  });
  try {
    const model = await readModel(await fileSource(file), basename(path));
    const stream = findResidualStream(model);
    const inputs = describeInputs(model);
    const report = {
      file: path,
      nodes: model.proto.graph.node.length,
      weightFiles: referencedFiles(model),
      blocks: stream.blocks,
      hidden: stream.hidden,
      vocabulary: inputs.vocabulary,
      keyValueHeads: inputs.kvHeads,
      headSize: inputs.headSize,
      sites: stream.sites.map(({ site, node, skip, branch }) => ({
        site,
        depth: stream.blocks > 1 ? site / (stream.blocks - 1) : 0,
        node: node.name,
        operator: node.opType,
        skip: skip.tensor,
        steered: branch.tensor,
      })),
    };
    process.stdout.write(
      given.flag("json") ? `${JSON.stringify(report, null, 2)}\n` : table(report),
    );
    return exitCodes.done;
  } finally {
    await file.close();
  }
}

async function modelFile(path: string): Promise<string> {
  try {
    return (await stat(path)).isDirectory() ? await modelFile(join(path, "model.onnx")) : path;
  } catch {
    throw new TonesteerError("modelMissing", `There is no model at ${path}. Check the path.`);
  }
}

interface Report {
  readonly [fact: string]: unknown;
  readonly sites: readonly { site: number; depth: number; node: string; steered: string }[];
}

function table({ sites, ...facts }: Report): string {
  const lines = Object.entries(facts).map(
    ([name, value]) =>
      `${name.padEnd(14)} ${Array.isArray(value) ? value.join(", ") : String(value)}`,
  );
  lines.push("", "site  depth  spliced before the sum at; the displacement is added to");
  for (const { site, depth, node, steered } of sites) {
    lines.push(`${String(site).padStart(4)}  ${depth.toFixed(2).padStart(5)}  ${node}; ${steered}`);
  }
  return `${lines.join("\n")}\n`;
}

void runProgram(main);
