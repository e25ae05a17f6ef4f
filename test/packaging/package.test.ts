import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPackage, ownTarget, targets, whyNot } from "../../scripts/lib/package.mjs";
import { EngineProcess } from "../../src/host/engineProcess";
import { editorHome, repository, temporaryFolder } from "../harness/places";
import { editorNode } from "../harness/server";

const mebibyte = 2 ** 20;

describe("the package of this system", () => {
  const folder = temporaryFolder();
  const vsix = path.join(folder, "tonesteer.vsix");
  /** Where the editor has unpacked it: far from any node_modules of the project. */
  let installed = "";

  beforeAll(async () => {
    await buildPackage({ out: vsix });
    const extensions = path.join(folder, "extensions");
    const server = path.join(editorHome, "node_modules/code-server/lib/vscode/out/server-main.js");
    execFileSync(
      editorNode(),
      [
        server,
        ...["--server-data-dir", path.join(folder, "data"), "--extensions-dir", extensions],
        ...["--accept-server-license-terms", "--install-extension", vsix],
      ],
      { stdio: "pipe", env: { ...process.env, HOME: folder } },
    );
    const name = fs.readdirSync(extensions).find((entry) => entry.startsWith("tonesteer."));
    installed = path.join(extensions, name ?? "not installed");
  });

  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  it("is installed by the editor under its name and version", () => {
    const manifest = readManifest(repository);
    expect(readManifest(installed)).toMatchObject({
      name: manifest.name,
      publisher: manifest.publisher,
      version: manifest.version,
      main: "./dist/extension.js",
    });
  });

  it("holds exactly the listed paths", () => {
    const patterns = listedPaths();
    const paths = filesOf(installed).filter((name) => name !== ".vsixmanifest");
    expect(
      paths.filter((name) => !patterns.some((pattern) => pattern.test(name))),
      "not listed",
    ).toEqual([]);
    expect(
      patterns.filter((pattern) => !paths.some((name) => pattern.test(name))).map(String),
      "missing",
    ).toEqual([]);
  });

  it("stays below 120 MiB, 170 MiB unpacked", () => {
    expect(fs.statSync(vsix).size).toBeLessThan(120 * mebibyte);
    const unpacked = filesOf(installed).map((name) => fs.statSync(path.join(installed, name)).size);
    expect(unpacked.reduce((sum, size) => sum + size, 0)).toBeLessThan(170 * mebibyte);
  });

  it("asks for no package at run time, and names no script", () => {
    const manifest = readManifest(installed);
    expect(manifest.dependencies ?? {}).toEqual({});
    expect(manifest.scripts ?? {}).toEqual({});
  });

  it("runs the engine with the shipped model, with nothing of the project in reach", async () => {
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line);
    const log = { debug: write, info: write, warn: write, error: write };
    const engine = new EngineProcess(path.join(installed, "dist", "engine", "main.js"), log);
    try {
      const pack = await engine.channel.request("open", {
        packFolder: path.join(installed, "models", "smollm2-135m-rewriter"),
        cacheFolder: path.join(folder, "cache"),
        threads: 0,
      });
      expect(pack.tones.map((tone) => tone.id)).toContain("empathetic");
      const reading = await engine.channel.request("readTones", {
        text: "I'm so sorry that you had to wait, and I understand how frustrating that is.",
      });
      const strongest = Object.entries(reading).sort(([, a], [, b]) => b - a)[0]?.[0];
      expect(strongest, lines.join("\n")).toBe("empathetic");
    } finally {
      engine.end();
      await engine.ended;
    }
  });
});

describe("the targets", () => {
  it("are those the runtime has a binary for", () => {
    const folder = path.join(repository, "node_modules/onnxruntime-node/bin/napi-v6");
    const there = fs
      .readdirSync(folder)
      .flatMap((system) =>
        fs.readdirSync(path.join(folder, system)).map((processor) => `${system}-${processor}`),
      );
    expect([...targets].sort()).toEqual(there.sort());
    expect(targets).toContain(ownTarget);
  });

  it("say in one sentence why there is none for a Mac with an Intel processor", () => {
    expect(whyNot("darwin-x64")).toMatch(/^There is no package for Macs .* processor[^.]*\.$/);
    expect(whyNot("amiga-68k")).toContain("linux-x64");
    expect(whyNot("linux-x64")).toBeUndefined();
  });
});

interface Manifest {
  name: string;
  publisher: string;
  version: string;
  main: string;
  dependencies?: Record<string, string>;
  scripts?: Record<string, string>;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8")) as Manifest;
}

/** Paths relative to the folder, with forward slashes, sorted. */
function filesOf(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .map((name) => name.split(path.sep).join("/"))
    .sort();
}

function listedPaths(): RegExp[] {
  const list = fs.readFileSync(path.join(repository, "test/packaging/contents.txt"), "utf8");
  return list
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.replace("linux/x64", ownTarget.replace("-", "/")))
    .map((line) => line.replace(/[.+]/g, "\\$&").replace(/\*/g, "[^/]+"))
    .map((line) => new RegExp(`^${line}$`));
}
