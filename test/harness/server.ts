import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import { editorHome, temporaryFolder } from "./places";

/** A VS Code server (the one inside code-server) under test, with its own user data. */
export interface EditorServer {
  readonly url: string;
  readonly port: number;
  /** User data, extensions and log live here; removed by `stop`. */
  readonly dataFolder: string;
  log(): string;
  stop(): Promise<void>;
}

export interface EditorServerOptions {
  /** User settings on top of the quiet ones below. */
  settings?: Record<string, unknown>;
  /** .vsix files to install before the start. */
  vsix?: string[];
  /** Environment of the server and so of the extension host; undefined takes a variable away. */
  env?: Record<string, string | undefined>;
  /** Needed to run tests in the extension host; it hides notifications, so UI tests go without it. */
  testDriver?: boolean;
}

const quietSettings = {
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "workbench.startupEditor": "none",
  "workbench.enableExperiments": false,
  "workbench.tips.enabled": false,
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "window.commandCenter": false,
  "chat.disableAIFeatures": true,
  "chat.commandCenter.enabled": false,
  "files.autoSave": "off",
  "files.simpleDialog.enable": true,
  "editor.minimap.enabled": false,
  "git.enabled": false,
};

/** Starts a server; throws with its log when it does not answer within a minute. */
export async function startServer(options: EditorServerOptions = {}): Promise<EditorServer> {
  const dataFolder = temporaryFolder({
    "data/User/settings.json": JSON.stringify({ ...quietSettings, ...options.settings }),
  });
  const main = path.join(editorHome, "node_modules/code-server/lib/vscode/out/server-main.js");
  const places = [
    ...["--server-data-dir", dataFolder],
    ...["--extensions-dir", path.join(dataFolder, "extensions")],
  ];
  const env = serverEnvironment(dataFolder, options.env);
  const node = editorNode();
  for (const file of options.vsix ?? []) {
    execFileSync(node, [main, ...places, "--install-extension", file], { env, stdio: "pipe" });
  }
  const port = await freePort();
  const logFile = path.join(dataFolder, "server.log");
  const log = fs.openSync(logFile, "w");
  const child = spawn(
    node,
    [
      main,
      ...places,
      ...["--host", "127.0.0.1", "--port", String(port), "--without-connection-token"],
      ...["--accept-server-license-terms", "--telemetry-level", "off", "--disable-workspace-trust"],
      ...(options.testDriver ? ["--enable-smoke-test-driver"] : []),
    ],
    // A process group of its own, so that `stop` also ends what the extension host forked.
    { env, stdio: ["ignore", log, log], detached: true },
  );
  fs.closeSync(log);
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const server: EditorServer = {
    url: `http://127.0.0.1:${port}/`,
    port,
    dataFolder,
    log: () => fs.readFileSync(logFile, "utf8"),
    stop: async () => {
      endGroup(child.pid, "SIGTERM");
      await Promise.race([exited, sleep(5000)]);
      endGroup(child.pid, "SIGKILL");
      fs.rmSync(dataFolder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  const deadline = Date.now() + 60_000;
  while (!(await answers(server.url))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      const words = server.log();
      await server.stop();
      throw new Error(`The editor's server did not start:\n${words}`);
    }
    await sleep(100);
  }
  return server;
}

export interface WorkbenchPlaces {
  /** Folder to open. */
  folder: string;
  /** Folder of an extension to load from source. */
  development?: string;
  /** Module whose `run()` the extension host calls instead of waiting for a person. */
  tests?: string;
}

/** The page address that opens a folder, optionally with a development extension and tests in its host. */
export function workbenchAddress(server: EditorServer, places: WorkbenchPlaces): string {
  const remote = (file: string) => `vscode-remote://127.0.0.1:${server.port}${file}`;
  const payload = [
    ["skipWelcome", "true"],
    ["enableProposedApi", ""],
  ];
  if (places.development) payload.push(["extensionDevelopmentPath", remote(places.development)]);
  if (places.tests) payload.push(["extensionTestsPath", remote(places.tests)]);
  const address = new URL(server.url);
  address.searchParams.set("folder", places.folder);
  address.searchParams.set("payload", JSON.stringify(payload));
  return address.href;
}

/** The Node that was installed beside the editor; the editor needs a newer one than the project does. */
export function editorNode(): string {
  const modules = path.join(editorHome, "node_modules");
  const found = fs.existsSync(modules)
    ? fs.readdirSync(modules).find((name) => /^node-(linux|darwin|win)-/.test(name))
    : undefined;
  if (!found) throw new Error("The editor is not installed. Run: node scripts/editor.mjs");
  return path.join(modules, found, "bin", process.platform === "win32" ? "node.exe" : "node");
}

function serverEnvironment(home: string, changes: Record<string, string | undefined> = {}) {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: home,
    XDG_CONFIG_HOME: path.join(home, "xdg"),
    EXTENSIONS_GALLERY: "{}",
  };
  // Left over when the tests are started from a terminal inside VS Code; they would confuse the server.
  for (const name of Object.keys(env)) if (/^(VSCODE_|ELECTRON_)/.test(name)) delete env[name];
  return { ...env, ...changes };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    http
      .get(url, (reply) => {
        reply.resume();
        resolve((reply.statusCode ?? 500) < 400);
      })
      .once("error", () => resolve(false));
  });
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Already gone.
  }
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
