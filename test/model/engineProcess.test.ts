import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { Channel } from "../../src/shared/channel";
import {
  engineContract,
  hostContract,
  type EngineContract,
  type HostContract,
  type RewriteProgress,
} from "../../src/shared/engineProtocol";
import { TonesteerError } from "../../src/shared/errors";
import { packFolder, rewriteRequest, root, temporaryFolder, threads } from "./packForTests";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const entry = join(root, "dist/engine/main.js");
const folder = temporaryFolder();

/** The bundled engine in a process of its own, and the host's end of its channel. */
class EngineUnderTest {
  readonly log: string[] = [];
  readonly refused: string[] = [];
  readonly channel: Channel<HostContract, EngineContract>;
  readonly gone: Promise<unknown>;
  private readonly child: ChildProcess;

  constructor() {
    this.child = fork(entry, [], { serialization: "advanced", execArgv: [] });
    this.gone = once(this.child, "exit");
    this.channel = new Channel<HostContract, EngineContract>(
      {
        post: (message) => this.post(message),
        listen: (listener) => {
          this.child.on("message", listener);
          return () => this.child.off("message", listener);
        },
      },
      hostContract,
      engineContract,
      {},
      { log: ({ message }) => this.log.push(message) },
      (why) => this.refused.push(why),
    );
    this.child.once("exit", () =>
      this.channel.dispose(new TonesteerError("engineCrashed", "The engine stopped; try again.")),
    );
  }

  get id(): number {
    return this.child.pid!;
  }

  post(message: unknown): void {
    this.child.send(message as object);
  }

  open() {
    return this.channel.request("open", {
      packFolder,
      cacheFolder: join(folder.path, "cache"),
      threads,
    });
  }

  /** A rewrite that takes a while, and its first words. */
  write(text: string, options: { whenBusy?: "wait" | "replace"; signal?: AbortSignal } = {}) {
    const progress: RewriteProgress[] = [];
    const result = this.channel.request(
      "rewrite",
      // Without a floor under the meaning one row nearly always does, and this is not about it.
      rewriteRequest(
        text,
        { empathetic: 1 },
        { whenBusy: options.whenBusy ?? "wait", fidelity: "free" },
      ),
      {
        onProgress: (value) => progress.push(value),
        ...(options.signal && { signal: options.signal }),
      },
    );
    result.catch(() => {}); // looked at later
    const begun = () => vi.waitFor(() => expect(progress.length).toBeGreaterThan(0), 120_000);
    return { result, progress, begun };
  }

  async end(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    await this.gone;
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }
}

const engines: EngineUnderTest[] = [];

function start(): EngineUnderTest {
  const engine = new EngineUnderTest();
  engines.push(engine);
  return engine;
}

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.end()));
});
afterAll(() => folder.remove());

const short = "The parcel was sent back. Give us the right address by Friday.";
const long = Array.from({ length: 12 }, () => short).join(" ");

describe("the engine's process", () => {
  it("refuses work before a model is open, and a model that is not there, in words", async () => {
    const engine = start();
    for (const request of [
      () => engine.channel.request("readTones", { text: short }),
      () => engine.channel.request("rewrite", rewriteRequest(short, { casual: 1 })),
      () =>
        engine.channel.request("ladder", {
          ...rewriteRequest(short, { casual: 1 }),
          strengths: [1],
        }),
    ]) {
      await expect(request()).rejects.toMatchObject({
        reason: "badRequest",
        message: "No model is open yet. Open one first.",
      });
    }
    const nowhere = { packFolder: join(folder.path, "none"), cacheFolder: folder.path, threads };
    await expect(engine.channel.request("open", nowhere)).rejects.toMatchObject({
      reason: "modelMissing",
      message: expect.stringContaining("install the model or correct the path"),
    });
    // Nothing of it stands in the way of what comes later.
    expect((await engine.open()).tones.length).toBeGreaterThan(1);
    expect(sum(await engine.channel.request("readTones", { text: short }))).toBeCloseTo(1, 4);
    const { residentBytes } = await engine.channel.request("memory", {});
    expect(residentBytes).toBeGreaterThan(50e6);
  });

  it("rewrites with progress, whatever rubbish arrives meanwhile", async () => {
    const engine = start();
    await engine.open();
    const { result, progress, begun } = engine.write(short);
    await begun();
    const rubbish = [
      null,
      "rewrite",
      { type: "request" },
      { type: "request", id: 9000, name: "constructor", params: {} },
      { type: "request", id: 9001, name: "rewrite", params: { text: 1 } },
      {
        type: "request",
        id: 9002,
        name: "rewrite",
        params: rewriteRequest(short, { casual: 2 }),
      },
      {
        type: "request",
        id: 9003,
        name: "rewrite",
        params: rewriteRequest(short, { casual: NaN }),
      },
      { type: "cancel", id: 9999 },
      { type: "event", name: "exit", params: {} },
      { type: "result", id: 0, value: {} },
    ];
    for (const message of rubbish) engine.post(message);
    const { text, passages } = await result;
    expect(passages).toHaveLength(1);
    expect(passages[0]!.after).toBe(text);
    expect(progress.at(-1)!.written).toBe(text);
    expect(engine.refused).toEqual([]);
    expect(engine.log).toHaveLength(8); // all but the cancel and the result, which found nothing
    expect(await engine.channel.request("memory", {})).toBeDefined();
  });

  it("stops when it is cancelled and takes the next request", async () => {
    const engine = start();
    await engine.open();
    const stop = new AbortController();
    const first = engine.write(long, { signal: stop.signal });
    await first.begun();
    stop.abort();
    await expect(first.result).rejects.toMatchObject({ reason: "cancelled" });
    const told = first.progress.length;
    // The next one is answered, so the first one has left; and it has told nothing more.
    expect((await engine.write(short).result).passages).toHaveLength(1);
    expect(first.progress).toHaveLength(told);
  });

  it("lets a second request wait or replace the first, by choice", async () => {
    const engine = start();
    await engine.open();
    const order: string[] = [];
    const first = engine.write(short);
    await first.begun();
    const second = engine.write(short);
    await Promise.all([
      first.result.then(() => order.push("first")),
      second.result.then(() => order.push("second")),
    ]);
    expect(order).toEqual(["first", "second"]);

    const replaced = engine.write(long);
    const waiting = engine.write(long);
    await replaced.begun();
    const newest = engine.write(short, { whenBusy: "replace" });
    for (const { result } of [replaced, waiting]) {
      await expect(result).rejects.toMatchObject({ reason: "replaced" });
    }
    expect((await newest.result).passages).toHaveLength(1);
    expect(waiting.progress).toEqual([]);
  });

  it("killed while it writes, leaves a clear error, and a new one works", async () => {
    const engine = start();
    await engine.open();
    const { result, begun } = engine.write(long);
    await begun();
    engine.kill();
    await expect(result).rejects.toMatchObject({
      reason: "engineCrashed",
      message: "The engine stopped; try again.",
    });
    const next = start();
    await next.open();
    expect((await next.write(short).result).passages).toHaveLength(1);
    expect(next.log).toEqual([]); // the cache that both used is whole
  });

  it("leaves when its parent lets go of it, even while it writes", async () => {
    const engine = start();
    await engine.open();
    await engine.write(long).begun();
    await engine.end();
    expect(isRunning(engine.id)).toBe(false);
  });

  it("leaves when its parent was killed", async () => {
    // A parent that forks the engine, tells its number, and can do nothing more once it is killed.
    const script = join(folder.path, "parent.cjs");
    writeFileSync(
      script,
      `const child = require("node:child_process").fork(${JSON.stringify(entry)}, []);
       console.log(child.pid);
       setInterval(() => {}, 1000);`,
    );
    const parent = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "ignore"] });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const id = Number(line.toString());
    expect(isRunning(id)).toBe(true);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    await vi.waitFor(() => expect(isRunning(id)).toBe(false), 30_000);
  });
});

/** A process that has ended but that nobody has asked about yet counts as ended. */
function isRunning(id: number): boolean {
  try {
    process.kill(id, 0);
  } catch {
    return false;
  }
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${id}/status`, "utf8"));
  } catch {
    return process.platform !== "linux"; // where there is such a folder, it has just gone
  }
}

function sum(reading: Readonly<Record<string, number>>): number {
  return Object.values(reading).reduce((a, b) => a + b, 0);
}
