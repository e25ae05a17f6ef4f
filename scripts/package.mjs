import fs from "node:fs";
import { installDependencies } from "./lib/dependencies.mjs";
import { requireNode } from "./lib/nodeVersion.mjs";

// npm run package [-- --target linux-x64]: the extension as a .vsix for one system, this one if none is named.
requireNode();
await installDependencies();
const { buildPackage, ownTarget, whyNot } = await import("./lib/package.mjs");
const args = process.argv.slice(2);
const target = args[0] === "--target" ? (args[1] ?? "") : ownTarget;
const refusal = whyNot(target);
if (refusal) {
  console.error(refusal);
  process.exit(1);
}
const file = await buildPackage({ target });
const size = fs.statSync(file).size / 2 ** 20;
console.log(`${file} (${size.toFixed(1)} MiB). Install it with: code --install-extension ${file}`);
