import fs from "node:fs";
import { inRoot } from "./root.mjs";
import { runNpm } from "./run.mjs";

/**
 * The editor the tests run in: code-server, which carries a whole VS Code, and the Node it needs, both from the npm
 * registry, in a folder that git ignores. No install script runs and nothing is compiled.
 */
export const editorHome = inRoot(".editor");

const codeServer = "4.139.1";
const node = "24.9.0";

const nodePackage = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
const stamp = inRoot(".editor", "installed.json");
const wanted = JSON.stringify({ codeServer, node, nodePackage });

export const editorInstalled = () =>
  fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === wanted;

/** The Node installed beside the editor, which needs a newer one than the project does. */
export const editorNode = () =>
  process.platform === "win32"
    ? inRoot(".editor", "node_modules", nodePackage, "bin", "node.exe")
    : inRoot(".editor", "node_modules", nodePackage, "bin", "node");

/** Installs the editor if it is not there yet (740 MB); throws with npm's own words if that fails. */
export async function installEditor() {
  if (editorInstalled()) return;
  fs.rmSync(editorHome, { recursive: true, force: true });
  fs.mkdirSync(editorHome, { recursive: true });
  fs.writeFileSync(
    inRoot(".editor", "package.json"),
    JSON.stringify({ name: "editor-under-test", private: true }),
  );
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"];
  // code-server names the Node it runs with in `engines`; it runs with the one installed beside it, not with this one.
  const engines = ["--engine-strict=false"];
  await npm(
    ["install", ...quiet, ...engines, `${nodePackage}@${node}`, `code-server@${codeServer}`],
    editorHome,
  );
  for (const part of [
    ["lib", "vscode"],
    ["lib", "vscode", "extensions"],
  ]) {
    const folder = inRoot(".editor", "node_modules", "code-server", ...part);
    await npm(["install", ...quiet, ...engines, "--omit=dev"], folder);
  }
  fs.writeFileSync(stamp, wanted);
}

async function npm(args, cwd) {
  const { code, output } = await runNpm(args, { cwd, quiet: true });
  if (code !== 0) throw new Error(`The editor could not be installed in ${cwd}:\n${output}`);
}
