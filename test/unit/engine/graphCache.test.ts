import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cachedGraph, graphKey } from "../../../src/engine/graphCache";

const graph = Uint8Array.from({ length: 50_000 }, (_, i) => (i * 31) & 255);

let root: string;
let folder: string;
let made: number;
let problems: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tonesteer-graphs-"));
  folder = join(root, "deep", "cache");
  made = 0;
  problems = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function get(key = "k", into = folder): Promise<Uint8Array> {
  return cachedGraph(
    into,
    key,
    async () => {
      made++;
      return graph;
    },
    (message) => problems.push(message),
  );
}

const whole = (bytes: Uint8Array) => Buffer.from(bytes).equals(graph);

describe("cachedGraph", () => {
  it("makes a graph once and finds it again, byte for byte", async () => {
    expect(whole(await get())).toBe(true);
    expect(whole(await get())).toBe(true);
    expect(made).toBe(1);
    expect(readdirSync(folder)).toEqual(["k.graph"]);
    await get("other");
    expect(made).toBe(2);
    expect(problems).toEqual([]);
  });

  it.each<[string, (path: string) => void]>([
    ["truncated", (path) => truncateSync(path, 20_000)],
    ["empty", (path) => truncateSync(path, 0)],
    ["shorter than a hash", (path) => truncateSync(path, 7)],
    [
      "altered",
      (path) => {
        const bytes = readFileSync(path);
        bytes[100]! ^= 1;
        writeFileSync(path, bytes);
      },
    ],
    ["something else", (path) => writeFileSync(path, "no graph")],
  ])("makes a file anew that is %s", async (_, spoil) => {
    await get();
    spoil(join(folder, "k.graph"));
    expect(whole(await get())).toBe(true);
    expect(made).toBe(2);
    await get();
    expect(made).toBe(2); // put right
    expect(problems).toEqual([]);
  });

  it("works without a folder to write to, with one warning that says what to do", async () => {
    writeFileSync(join(root, "file"), "");
    expect(whole(await get("k", join(root, "file", "cache")))).toBe(true);
    expect(problems).toEqual([expect.stringMatching(/could not be kept in .*Free some space/)]);
  });

  it("leaves a folder in its place alone", async () => {
    mkdirSync(join(folder, "k.graph"), { recursive: true });
    expect(whole(await get())).toBe(true);
    expect(problems).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(["k.graph"]); // no half-written file stays
  });

  it.runIf(canMount())("works on a full and on a read-only disk", async () => {
    mkdirSync(folder, { recursive: true });
    const mount = (...options: string[]) =>
      execFileSync("mount", ["-t", "tmpfs", "-o", options.join(), "tmpfs", folder]);
    mount("size=16k");
    try {
      expect(whole(await get())).toBe(true);
      expect(problems).toEqual([expect.stringContaining("no space left")]);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      execFileSync("umount", [folder]);
    }
    mount("ro");
    try {
      expect(whole(await get())).toBe(true);
      expect(problems[1]).toContain("read-only");
    } finally {
      execFileSync("umount", [folder]);
    }
  });

  it("serves many at once on one folder", async () => {
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => get(`k${i % 3}`)));
    expect(all.every(whole)).toBe(true);
    expect(problems).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(["k0.graph", "k1.graph", "k2.graph"]);
  });

  it("keeps the 16 used last, and clears what a killed engine left behind", async () => {
    for (let i = 0; i < 16; i++) {
      await get(`k${i}`);
      const used = new Date(Date.now() - (20 - i) * 60_000);
      utimesSync(join(folder, `k${i}.graph`), used, used);
    }
    writeFileSync(join(folder, "k.graph.new.tmp"), "being written");
    writeFileSync(join(folder, "k.graph.old.tmp"), "left behind");
    writeFileSync(join(folder, "verified-files.json"), "{}");
    const yesterday = new Date(Date.now() - 86_400_000);
    utimesSync(join(folder, "k.graph.old.tmp"), yesterday, yesterday);
    await get("k0"); // used again, so no longer the oldest
    await get("new");
    const names = readdirSync(folder);
    expect(names.filter((name) => name.endsWith(".graph"))).toHaveLength(16);
    expect(names).not.toContain("k1.graph");
    for (const name of ["k0.graph", "new.graph", "k.graph.new.tmp", "verified-files.json"]) {
      expect(existsSync(join(folder, name)), name).toBe(true);
    }
    expect(names).not.toContain("k.graph.old.tmp");
  });
});

describe("graphKey", () => {
  it("differs with every part and with nothing else", () => {
    const key = graphKey([1, "sha", { sites: [12, 16], steps: 1 }]);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(graphKey([1, "sha", { sites: [12, 16], steps: 1 }])).toBe(key);
    for (const other of [
      [2, "sha", { sites: [12, 16], steps: 1 }],
      [1, "shb", { sites: [12, 16], steps: 1 }],
      [1, "sha", { sites: [1216], steps: 1 }],
      [1, "sha", { sites: [12, 16], steps: 2 }],
    ]) {
      expect(graphKey(other)).not.toBe(key);
    }
  });
});

/** Only root on Linux may mount a small disk of its own. */
function canMount(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const there = mkdtempSync(join(tmpdir(), "tonesteer-mount-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16k", "tmpfs", there], { stdio: "ignore" });
    execFileSync("umount", [there]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(there, { recursive: true, force: true });
  }
}
