import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import { inRoot, root } from "./scripts/lib/root.mjs";

/**
 * Every bundle of the project, into dist/ (or --outdir):
 *   node esbuild.mjs [--watch] [--production] [--outdir FOLDER]
 * --production: minified, without source maps, and only what the packaged extension needs.
 */

const shared = {
  bundle: true,
  absWorkingDir: root,
  logLevel: "warning",
  legalComments: "none",
};

/** For Node: CommonJS, since the extension host loads nothing else through `main`. */
const forNode = {
  ...shared,
  platform: "node",
  format: "cjs",
  target: "node20",
  // The native runtime cannot be bundled: in development it comes from node_modules, in the package from a folder
  // of the same name beside the bundles.
  external: ["vscode", "onnxruntime-node"],
  // Libraries written as modules ask where they are; a CommonJS bundle has to be told.
  define: { "import.meta.url": "bundleUrl" },
  banner: { js: 'const bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
};

const forPage = {
  ...shared,
  platform: "browser",
  format: "iife",
  target: ["chrome120"],
  loader: { ".svg": "dataurl", ".ttf": "dataurl" },
};

const cliNames = ["rewrite", "detect", "inspect", "bench"];

/**
 * @param {{production?: boolean, outdir?: string}} [options]
 * @returns {import("esbuild").BuildOptions[]} one for each kind of bundle that has sources
 */
export function bundles({ production = false, outdir = inRoot("dist") } = {}) {
  const mode = { minify: production, sourcemap: production ? false : "linked" };
  const kinds = [
    {
      ...forNode,
      entryPoints: { extension: "src/extension.ts", "engine/main": "src/engine/main.ts" },
    },
    { ...forPage, entryPoints: { "webview/panel": "webview/panel.ts" } },
    { ...forPage, entryPoints: { "webview/panel": "webview/panel.css" } },
  ];
  if (!production) {
    const cli = cliNames.map((name) => [`cli/${name}`, `cli/${name}.ts`]);
    // The comparisons of `bench` run libraries as their users do: unbundled, from node_modules.
    kinds.push(
      {
        ...forNode,
        entryPoints: Object.fromEntries(cli),
        external: [...forNode.external, "@huggingface/transformers", "node-llama-cpp"],
      },
      { ...forNode, entryPoints: hostTests(), external: [...forNode.external, "mocha"] },
      {
        ...forNode,
        entryPoints: { "test/integration": "test/harness/integration.ts" },
        external: ["playwright-core"],
      },
    );
  }
  return kinds
    .map((kind) => ({ ...kind, ...mode, outdir, entryPoints: existing(kind.entryPoints) }))
    .filter((kind) => Object.keys(kind.entryPoints).length > 0);
}

/** Builds everything once; a bundle that fails does not keep the others from being written. */
export async function build(options = {}) {
  // A suite that has been deleted must not run on from its old bundle.
  if (!options.production) fs.rmSync(inRoot("dist", "test"), { recursive: true, force: true });
  const ends = await Promise.allSettled(bundles(options).map((bundle) => esbuild.build(bundle)));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
}

/** The suites that run inside the extension host, each a bundle beside the module that runs them. */
function hostTests() {
  const folder = inRoot("test", "integration");
  const suites = fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true }) : [];
  const tests = suites.filter((name) => name.endsWith(".test.ts"));
  return Object.fromEntries([
    ["test/integration/mochaHost", "test/harness/mochaHost.ts"],
    ...tests.map((name) => [
      `test/integration/${path.basename(name, ".ts")}`,
      `test/integration/${name}`,
    ]),
  ]);
}

function existing(entryPoints) {
  const there = ([, source]) => fs.existsSync(inRoot(source));
  return Object.fromEntries(Object.entries(entryPoints).filter(there));
}

async function main(args) {
  const outdir = args.includes("--outdir") ? args[args.indexOf("--outdir") + 1] : undefined;
  const options = { production: args.includes("--production"), outdir };
  if (!args.includes("--watch")) return build(options);
  for (const bundle of bundles(options)) {
    const context = await esbuild.context({ ...bundle, logLevel: "info" });
    await context.watch();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  // esbuild has shown what is wrong where.
  await main(process.argv.slice(2)).catch(() => (process.exitCode = 1));
}
