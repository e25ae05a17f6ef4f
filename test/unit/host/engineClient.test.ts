import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EngineClient } from "../../../src/host/engineClient";
import type { EngineClientOptions } from "../../../src/host/engineClient";

/**
 * What the client does when the engine's process cannot live: programs that end, or never answer,
 * stand for a broken one. With the real engine it is tested in the editor.
 */
describe("the engine client", () => {
  let folder: string;
  let lines: string[];
  let client: EngineClient | undefined;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "tonesteer-client-"));
    lines = [];
  });
  afterEach(() => {
    client?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  function clientOf(program: string, options: Partial<EngineClientOptions> = {}) {
    const entry = path.join(folder, "program.js");
    writeFileSync(entry, program);
    const log = (message: string) => void lines.push(message);
    client = new EngineClient({
      entry,
      log: { debug: log, info: log, warn: log, error: log },
      open: () => ({ packFolder: folder, cacheFolder: folder, threads: 0 }),
      idleMinutes: () => 0,
      backOffMilliseconds: [1, 1],
      ...options,
    });
    const states: string[] = [];
    client.onDidChangeState(({ kind }) => states.push(kind));
    return { client, states };
  }

  async function until(holds: () => boolean) {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  it("is asleep until it is used", () => {
    expect(clientOf("").client.state).toEqual({ kind: "asleep" });
    expect(client?.processId).toBeUndefined();
  });

  it("starts a program that crashes again, and after the last time stays failed", async () => {
    const { client, states } = clientOf("process.exit(3)");
    await expect(client.wake()).rejects.toMatchObject({ reason: "engineCrashed" });
    await until(() => client.state.kind === "failed");
    expect(client.state).toMatchObject({ reason: "engineCrashed" });
    expect(client.state).toHaveProperty("message", expect.stringMatching(/3 times.*restart/u));
    expect(states.filter((kind) => kind === "failed")).toHaveLength(1);
    expect(lines.filter((line) => line.includes("exit code 3"))).toHaveLength(3);
    await expect(client.wake()).rejects.toMatchObject({ reason: "engineCrashed" });
    expect(lines.filter((line) => line.includes("exit code 3"))).toHaveLength(3);
  });

  it("tries anew when it is restarted", async () => {
    const { client } = clientOf("process.exit(3)", { backOffMilliseconds: [] });
    await expect(client.wake()).rejects.toMatchObject({ reason: "engineCrashed" });
    await until(() => client.state.kind === "failed");
    await expect(client.restart()).rejects.toMatchObject({ reason: "engineCrashed" });
    expect(lines.filter((line) => line.includes("exit code 3"))).toHaveLength(2);
  });

  it("logs what the process prints", async () => {
    const { client } = clientOf("console.log('to stdout'); console.error('to stderr')", {
      backOffMilliseconds: [],
    });
    await client.wake().catch(() => {});
    await until(() => lines.includes("to stdout") && lines.includes("to stderr"));
  });

  it("is cancelled while the program does not answer, without waiting for it", async () => {
    const { client } = clientOf("process.on('message', () => {})");
    const controller = new AbortController();
    const waking = client.wake(controller.signal);
    controller.abort();
    await expect(waking).rejects.toMatchObject({ reason: "cancelled" });
    expect(client.state.kind).toBe("loading");
  });

  it("refuses an answer of the wrong shape", async () => {
    const { client } = clientOf(
      "process.on('message', ({ id }) => process.send({ type: 'result', id, value: { name: 5 } }))",
    );
    await expect(client.wake()).rejects.toMatchObject({ reason: "protocol" });
    expect(client.state).toMatchObject({ kind: "failed", reason: "protocol" });
  });

  it("does not hand the process what would make it run something else", async () => {
    process.env["NODE_OPTIONS"] = "--no-warnings";
    process.env["VSCODE_SECRET"] = "1";
    try {
      const { client } = clientOf("console.log('env ' + Object.keys(process.env).join(' '))", {
        backOffMilliseconds: [],
      });
      await client.wake().catch(() => {});
      await until(() => lines.some((line) => line.startsWith("env ")));
    } finally {
      delete process.env["NODE_OPTIONS"];
      delete process.env["VSCODE_SECRET"];
    }
    const names = lines.find((line) => line.startsWith("env "))?.split(" ");
    expect(names).toContain("ELECTRON_RUN_AS_NODE");
    expect(names).toContain("ORT_DISABLE_TELEMETRY");
    expect(names).not.toContain("NODE_OPTIONS");
    expect(names).not.toContain("VSCODE_SECRET");
  });

  it("ends the process when it is disposed", async () => {
    const { client } = clientOf("process.on('message', () => {}); setInterval(() => {}, 1000)");
    const waking = client.wake();
    const id = client.processId;
    expect(id).toBeGreaterThan(0);
    client.dispose();
    await expect(waking).rejects.toMatchObject({ reason: "engineStopped" });
    await until(() => !isAlive(id!));
  });

  it("ends the process when nothing was asked for a while", async () => {
    const summary = JSON.stringify({
      ...{ name: "n", title: "t", version: "1", languages: [], tones: [], blocks: 1, sites: [] },
      calibrated: {
        ...{ method: "relative", sites: [0], steps: 1, decay: 1 },
        ...{ alpha: 0.1, alphaMaximum: 1, roundTripFloor: -1 },
      },
    });
    const { client } = clientOf(
      `process.on('message', ({ id }) => process.send({ type: 'result', id, value: ${summary} }));
       process.on('disconnect', () => process.exit())`,
      { idleMinutes: () => 0.001 },
    );
    await client.wake();
    const id = client.processId;
    expect(client.state.kind).toBe("ready");
    await until(() => client.state.kind === "asleep");
    await until(() => !isAlive(id!));
  });
});

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
