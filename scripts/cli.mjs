import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { inRoot } from "./lib/root.mjs";

// node scripts/cli.mjs NAME ...: runs one of the command line's programs in this process, built anew if a source is
// younger than its bundle.
const [, , name, ...args] = process.argv;
const bundle = inRoot("dist", "cli", `${name}.js`);
if (modified(bundle) < newest("src", "cli")) {
  const { build } = await import("../esbuild.mjs");
  await build().catch(() => process.exit(1));
}
process.argv = [process.argv[0], bundle, ...args];
await import(pathToFileURL(bundle).href);

function newest(...folders) {
  const files = folders.flatMap((folder) =>
    fs.readdirSync(inRoot(folder), { recursive: true }).map((file) => inRoot(folder, file)),
  );
  return Math.max(...files.filter((file) => path.extname(file) === ".ts").map(modified));
}

function modified(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
