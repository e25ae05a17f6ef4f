import fs from "node:fs";
import { inRoot } from "./root.mjs";
import { runNpm } from "./run.mjs";

/**
 * Installs what package-lock.json names, if something of it is missing. No package's own script runs, and the
 * runtime's package is told not to fetch graphics-card libraries: the one it carries is enough.
 */
export async function installDependencies() {
  if (dependenciesInstalled()) return;
  console.log("Installing the dependencies (about a minute) ...");
  const { code, output } = await runNpm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    env: { ONNXRUNTIME_NODE_INSTALL: "skip" },
    quiet: true,
  });
  if (code !== 0) throw new Error(`The dependencies could not be installed:\n${output}`);
}

function dependenciesInstalled() {
  // npm keeps here what it has installed; packages for other systems are in the first list only.
  const installed = packages("node_modules", ".package-lock.json");
  return Object.entries(packages("package-lock.json")).every(
    ([place, wanted]) =>
      place === "" || wanted.optional || installed[place]?.version === wanted.version,
  );
}

function packages(...lockFile) {
  const file = inRoot(...lockFile);
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")).packages : {};
}
