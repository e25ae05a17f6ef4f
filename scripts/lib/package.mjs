import fs from "node:fs";
import path from "node:path";
import { build } from "../../esbuild.mjs";
import { inRoot } from "./root.mjs";
import { runNode } from "./run.mjs";

/** Systems the model's runtime has a binary for. */
export const targets = ["linux-x64", "linux-arm64", "win32-x64", "win32-arm64", "darwin-arm64"];

/** This system's name among the targets. */
export const ownTarget = `${process.platform}-${process.arch}`;

/** Why a target cannot be packaged, as one sentence; undefined if it can. */
export function whyNot(target) {
  if (targets.includes(target)) return undefined;
  if (target === "darwin-x64") {
    return "There is no package for Macs with an Intel processor (darwin-x64): ONNX Runtime no longer comes with a binary for them.";
  }
  return `There is no package for ${target}: choose one of ${targets.join(", ")}.`;
}

/**
 * Builds the package of one system. It is put together in a folder of its own, so that a development build in dist/
 * is left alone; .vscodeignore decides what of it goes in.
 * @param {{target?: string, out?: string}} [options] out: the .vsix to write
 * @returns {Promise<string>} path of the .vsix
 */
export async function buildPackage({ target = ownTarget, out } = {}) {
  const refusal = whyNot(target);
  if (refusal) throw new Error(refusal);
  const manifest = JSON.parse(fs.readFileSync(inRoot("package.json"), "utf8"));
  const file = out ?? inRoot(`tonesteer-${target}-${manifest.version}.vsix`);
  const stage = inRoot("dist", "package", target);
  fs.rmSync(stage, { recursive: true, force: true });
  copySources(stage);
  writeManifest(stage, manifest);
  copyRuntime(path.join(stage, "dist", "node_modules"), target);
  await build({ production: true, outdir: path.join(stage, "dist") });
  const { code, output } = await runNode(
    inRoot("node_modules", "@vscode", "vsce", "vsce"),
    [
      "package",
      ...["--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links"],
      ...["--target", target, "--out", file],
    ],
    { cwd: stage, quiet: true },
  );
  fs.rmSync(stage, { recursive: true, force: true });
  if (code !== 0) throw new Error(`The package could not be built:\n${output}`);
  return file;
}

function copySources(stage) {
  const wanted =
    /^(package\.nls.*\.json|l10n|README\.md|CHANGELOG\.md|LICENSE|NOTICE|media|models|\.vscodeignore)$/;
  for (const name of fs.readdirSync(inRoot()).filter((name) => wanted.test(name))) {
    fs.cpSync(inRoot(name), path.join(stage, name), { recursive: true });
  }
}

/** The bundles hold the libraries, so the package asks for none. */
function writeManifest(stage, manifest) {
  const outside = ["scripts", "dependencies", "devDependencies"];
  const kept = Object.fromEntries(
    Object.entries(manifest).filter(([key]) => !outside.includes(key)),
  );
  fs.writeFileSync(path.join(stage, "package.json"), `${JSON.stringify(kept, null, 2)}\n`);
}

/**
 * The native runtime, pruned to what the engine loads on this target. Beside the bundles, not in the package's root:
 * the packaging tool leaves a node_modules there out.
 */
function copyRuntime(folder, target) {
  const runtime = inRoot("node_modules", "onnxruntime-node");
  const common = inRoot("node_modules", "onnxruntime-common");
  const binary = path.join("bin", "napi-v6", ...target.split("-"));
  const copy = (from, to, filter) =>
    fs.cpSync(from, to, { recursive: true, filter: (source) => !filter || filter(source) });
  const noTypes = (source) => !/\.(d\.ts|map)$/.test(source);
  for (const part of ["package.json", "README.md", "dist", binary]) {
    copy(path.join(runtime, part), path.join(folder, "onnxruntime-node", part), noTypes);
  }
  for (const part of ["package.json", "README.md", path.join("dist", "cjs")]) {
    copy(path.join(common, part), path.join(folder, "onnxruntime-common", part), noTypes);
  }
}
