import { spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { installDependencies } from "./lib/dependencies.mjs";
import { editorHome, editorNode, installEditor } from "./lib/editorHome.mjs";
import { requireNode } from "./lib/nodeVersion.mjs";
import { inRoot, root } from "./lib/root.mjs";
import { run } from "./lib/run.mjs";

// npm run vscode: opens VS Code with the extension from this folder and a sample document. Without a connection to
// VS Code's download site, the same workbench from the npm registry is served to a browser on this machine.
requireNode();
await installDependencies();
const { build } = await import("../esbuild.mjs");
await build();
const home = fs.mkdtempSync(path.join(os.tmpdir(), "tonesteer-"));
const folder = path.join(home, "sample");
fs.mkdirSync(folder);
fs.copyFileSync(inRoot("scripts", "sample.md"), path.join(folder, "sample.md"));

const executable = await desktop();
if (executable) {
  const place = path.join(folder, "sample.md");
  const own = [
    "--extensions-dir",
    path.join(home, "extensions"),
    "--user-data-dir",
    path.join(home, "user"),
  ];
  const child = spawn(executable, [folder, place, `--extensionDevelopmentPath=${root}`, ...own], {
    stdio: "inherit",
  });
  child.once("close", (code) => (process.exitCode = code ?? 1));
} else {
  await serve();
}

/** VS Code's executable, downloaded once into .vscode-test; undefined without that connection. */
async function desktop() {
  // On Linux without a display there is nothing to open a window on.
  if (process.platform === "linux" && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return;
  const { downloadAndUnzipVSCode } = await import("@vscode/test-electron");
  try {
    return await downloadAndUnzipVSCode({ version: "stable", cachePath: inRoot(".vscode-test") });
  } catch (error) {
    console.log(
      `VS Code could not be downloaded (${error.message}); serving it to the browser instead.`,
    );
    return undefined;
  }
}

async function serve() {
  await installEditor();
  // A served workbench loads extensions from source only as a test, without notifications: install the package.
  const { buildPackage } = await import("./lib/package.mjs");
  const vsix = await buildPackage({ out: path.join(home, "tonesteer.vsix") });
  const port = await freePort();
  const data = path.join(home, "editor");
  const server = path.join(editorHome, "node_modules/code-server/lib/vscode/out/server-main.js");
  const places = ["--server-data-dir", data, "--extensions-dir", path.join(data, "extensions")];
  fs.mkdirSync(path.join(data, "data", "User"), { recursive: true });
  fs.writeFileSync(
    path.join(data, "data", "User", "settings.json"),
    JSON.stringify({ "workbench.startupEditor": "none", "chat.disableAIFeatures": true }),
  );
  const installed = await run(editorNode(), [server, ...places, "--install-extension", vsix], {
    quiet: true,
  });
  if (installed.code !== 0) throw new Error(installed.output);
  const child = spawn(
    editorNode(),
    [
      server,
      ...["--host", "127.0.0.1", "--port", String(port), "--without-connection-token"],
      ...["--accept-server-license-terms", "--telemetry-level", "off", "--disable-workspace-trust"],
      ...places,
    ],
    { stdio: "ignore" },
  );
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => child.kill());
  child.once("close", () => fs.rmSync(home, { recursive: true, force: true }));
  const address = new URL(`http://127.0.0.1:${port}/`);
  address.searchParams.set("folder", folder);
  const remote = (file) => `vscode-remote://127.0.0.1:${port}${file}`;
  address.searchParams.set(
    "payload",
    JSON.stringify([
      ["openFile", remote(path.join(folder, "sample.md"))],
      ["skipWelcome", "true"],
    ]),
  );
  console.log(`Open this address in a browser on this machine; Ctrl+C ends it:\n${address.href}`);
}

function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
