import { installChromium } from "./lib/chromium.mjs";
import { installDependencies } from "./lib/dependencies.mjs";
import { editorInstalled, installEditor } from "./lib/editorHome.mjs";
import { requireNode } from "./lib/nodeVersion.mjs";
import { inRoot } from "./lib/root.mjs";
import { runNode } from "./lib/run.mjs";
import { suites } from "./lib/suites.mjs";

// npm test [-- --only unit,model]: sets up what is missing, runs every suite, and ends with the count over all.
requireNode();
const chosen = choose(process.argv.slice(2));
await installDependencies();
if (chosen.some((suite) => suite.editor)) {
  if (!editorInstalled()) console.log("Installing the editor for the tests (about a minute) ...");
  await installEditor();
  await installChromium();
}

const results = [];
if (chosen.some((suite) => suite.build)) {
  await measure("Build", async () => {
    const { code } = await runNode(inRoot("esbuild.mjs"));
    return code === 0 ? { passed: 0, failed: 0 } : { passed: 0, failed: 1 };
  });
}
for (const suite of chosen) await measure(suite.title, suite.run);

const sum = (key) => results.reduce((total, result) => total + result[key], 0);
console.log("\n=== Results ===");
for (const { title, passed, failed, seconds } of results) {
  console.log(`${title}: ${passed} passed, ${failed} failed (${seconds} s)`);
}
console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
process.exitCode = sum("failed") > 0 ? 1 : 0;

async function measure(title, start) {
  console.log(`\n=== ${title} ===`);
  const from = Date.now();
  const result = await start();
  results.push({ title, ...result, seconds: Math.round((Date.now() - from) / 1000) });
}

function choose(args) {
  if (args.length === 0) return suites;
  const names = args[0] === "--only" ? (args[1] ?? "").split(",") : [];
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
  if (names.length === 0 || unknown.length > 0) {
    console.error(`Usage: npm test [-- --only ${suites.map((suite) => suite.name).join(",")}]`);
    process.exit(2);
  }
  return suites.filter((suite) => names.includes(suite.name));
}
