import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Wire } from "../../../src/shared/channel";
import { Channel } from "../../../src/shared/channel";
import { TonesteerError } from "../../../src/shared/errors";
import {
  askerContract,
  startWorker,
  workerContract,
  type AskerContract,
  type WorkerContract,
} from "./channelContracts";

/** A worker on some wire, seen from the asking end. */
interface Setting {
  /** This end's wire, for messages that no channel would send. */
  readonly wire: Wire;
  readonly end: () => Promise<void>;
}

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tonesteer-channel-"));
  buildSync({
    entryPoints: [join(__dirname, "channelChild.ts")],
    outfile: join(folder, "child.cjs"),
    bundle: true,
    platform: "node",
    format: "cjs",
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two ends joined in this process; messages are copied and arrive later, as on a real wire. */
function memoryWires(): [Wire, Wire] {
  const listeners: Set<(message: unknown) => void>[] = [new Set(), new Set()];
  const wire = (own: number): Wire => ({
    post(message) {
      const copy = structuredClone(message);
      setImmediate(() => {
        for (const listener of listeners[1 - own]!) listener(copy);
      });
    },
    listen(listener) {
      listeners[own]!.add(listener);
      return () => listeners[own]!.delete(listener);
    },
  });
  return [wire(0), wire(1)];
}

async function inMemory(): Promise<Setting> {
  const [wire, other] = memoryWires();
  const worker = startWorker(other);
  return { wire, end: async () => worker.channel.dispose() };
}

async function inProcess(): Promise<Setting & { child: ChildProcess }> {
  const child = fork(join(folder, "child.cjs"), { serialization: "advanced", execArgv: [] });
  const wire: Wire = {
    post: (message) => child.send(message as object),
    listen(listener) {
      child.on("message", listener);
      return () => child.off("message", listener);
    },
  };
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    if (child.connected) child.disconnect();
    await gone;
  };
  return { wire, end, child };
}

/** What no channel would send. */
const hostile: readonly (readonly [string, unknown])[] = [
  ["null", null],
  ["a number", 7],
  ["a text", "request"],
  ["a list", [{ type: "request" }]],
  ["no type", { id: 1, name: "repeat", params: {} }],
  ["an inherited type", { type: "constructor", id: 1 }],
  ["a number that is none", { type: "cancel", id: NaN }],
  ["a number too big", { type: "request", id: 2 ** 60, name: "wait", params: {} }],
  ["a negative number", { type: "request", id: -1, name: "wait", params: {} }],
  ["a broken number", { type: "request", id: 1.5, name: "wait", params: {} }],
  ["a text for a number", { type: "request", id: "0", name: "wait", params: {} }],
  ["no name", { type: "request", id: 900 }],
  ["a name far too long", { type: "request", id: 900, name: "x".repeat(10_000), params: {} }],
  ["an inherited name", { type: "request", id: 900, name: "constructor", params: {} }],
  ["a prototype's name", { type: "request", id: 900, name: "__proto__", params: {} }],
  ["a method's name", { type: "request", id: 900, name: "hasOwnProperty", params: {} }],
  ["an unknown request", { type: "request", id: 900, name: "format", params: {} }],
  ["no parameters", { type: "request", id: 900, name: "repeat" }],
  ["wrong parameters", { type: "request", id: 900, name: "repeat", params: { text: 1, times: 1 } }],
  [
    "parameters out of range",
    { type: "request", id: 900, name: "repeat", params: { text: "x", times: -1 } },
  ],
  ["an unknown event", { type: "event", name: "shout", params: {} }],
  ["an inherited event", { type: "event", name: "toString", params: {} }],
  ["an event of a wrong shape", { type: "event", name: "poke", params: { text: 3 } }],
  ["an error of an unknown reason", { type: "error", id: 0, error: { reason: "?", message: "" } }],
];

describe.each([
  ["in memory", inMemory],
  ["between processes", inProcess],
])("a channel %s", (_, start) => {
  let setting: Setting;
  let said: string[];
  let refused: string[];
  let raw: Record<string, unknown>[];
  let channel: Channel<AskerContract, WorkerContract>;

  afterEach(async () => {
    channel.dispose();
    await setting.end();
  });

  beforeEach(async () => {
    setting = await start();
    said = [];
    refused = [];
    raw = [];
    setting.wire.listen((message) => raw.push(message as Record<string, unknown>));
    channel = new Channel<AskerContract, WorkerContract>(
      setting.wire,
      askerContract,
      workerContract,
      {},
      { said: ({ text }) => said.push(text) },
      (why) => refused.push(why),
    );
  });

  /** Resolves when everything sent before was heard: messages keep their order. */
  async function settled(): Promise<void> {
    await channel.request("repeat", { text: "", times: 0 });
  }

  it("answers requests, each with its own, and tells progress before the answer", async () => {
    const steps: number[] = [];
    const answers = await Promise.all([
      channel.request(
        "repeat",
        { text: "ab", times: 3 },
        { onProgress: ({ done }) => steps.push(done) },
      ),
      channel.request("repeat", { text: "c", times: 1 }),
    ]);
    expect(answers).toEqual([{ text: "ababab" }, { text: "c" }]);
    expect(steps).toEqual([1, 2, 3]);
    expect(refused).toEqual([]);
  });

  it("carries events both ways, and text of every kind", async () => {
    const text = "日本語 👩‍👩‍👧 \r\n\t\u0000 עברית";
    channel.emit("poke", { text });
    await settled();
    expect(said).toEqual([`poked ${text}`]);
  });

  it("carries errors as reason and message", async () => {
    await expect(channel.request("fail", { reason: "known" })).rejects.toMatchObject({
      name: "TonesteerError",
      reason: "textTooLong",
      message: "Select less.",
    });
    await expect(channel.request("fail", { reason: "plain" })).rejects.toMatchObject({
      reason: "internal",
      message: "something broke",
    });
  });

  it("cancels: the asker is told at once, the other end stops, and nothing else is touched", async () => {
    const stop = new AbortController();
    const waiting = channel.request("wait", {}, { signal: stop.signal });
    const other = channel.request("repeat", { text: "x", times: 2 });
    await settled();
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ reason: "cancelled" });
    expect(said).toEqual([]); // told before the other end could have answered
    await settled();
    expect(said).toEqual(["aborted"]);
    expect(await other).toEqual({ text: "xx" });
    expect(refused).toEqual([]);
  });

  it("sends nothing for a request that was cancelled before", async () => {
    const request = channel.request("wait", {}, { signal: AbortSignal.abort() });
    await expect(request).rejects.toMatchObject({ reason: "cancelled" });
    await settled();
    expect(raw).toHaveLength(1);
  });

  it("rejects what is pending when it is disposed, and is deaf and dumb afterwards", async () => {
    const waiting = [channel.request("wait", {}), channel.request("wait", {})];
    await settled();
    const error = new TonesteerError("engineCrashed", "It is gone; try again.");
    channel.dispose(error);
    channel.dispose(); // a second time changes nothing
    for (const each of waiting) await expect(each).rejects.toBe(error);
    await expect(channel.request("wait", {})).rejects.toBe(error);
    const count = raw.length;
    channel.emit("poke", { text: "never" });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(raw).toHaveLength(count);
  });

  it("refuses an answer of a wrong shape, and says so", async () => {
    for (const value of [null, 7, "text", [], { text: 7 }, { other: "x" }]) {
      const answer = channel.request("answer", { value });
      await expect(answer).rejects.toMatchObject({ reason: "protocol" });
    }
    expect(refused).toHaveLength(6);
    expect(refused[0]).toContain("The answer was refused");
    expect(await channel.request("answer", { value: { text: "ok", more: 1 } })).toEqual({
      text: "ok",
    });
  });

  it("refuses every hostile shape, reports it and goes on", async () => {
    for (const [title, message] of hostile) {
      said.length = 0;
      setting.wire.post(message);
      await settled();
      expect(said, title).toEqual([
        expect.stringMatching(/^refused (A message of an unknown shape|There is no|The )/),
      ]);
    }
    expect(await channel.request("repeat", { text: "on", times: 1 })).toEqual({ text: "on" });
  });

  it("ignores answers, progress and cancels for numbers that nothing waits for", async () => {
    for (const type of ["result", "progress"]) setting.wire.post({ type, id: 77, value: {} });
    setting.wire.post({ type: "cancel", id: 77 });
    setting.wire.post({ type: "error", id: 77, error: { reason: "internal", message: "x" } });
    await settled();
    expect(said).toEqual([]);
  });

  it("does not start a second request of a number that is running", async () => {
    const request = { type: "request", id: 500, name: "wait", params: {} };
    setting.wire.post(request);
    setting.wire.post({ ...request, name: "repeat", params: { text: "x", times: 1 } });
    await settled();
    const replies = () => raw.filter(({ id }) => id === 500);
    expect(said).toEqual([expect.stringContaining("its number is in use")]);
    expect(replies()).toEqual([
      expect.objectContaining({
        type: "error",
        error: expect.objectContaining({ reason: "protocol" }),
      }),
    ]);
    // The first one was left alone: it is still there to be cancelled.
    setting.wire.post({ type: "cancel", id: 500 });
    await settled();
    expect(said.at(-1)).toBe("aborted");
    // And once it has ended its number is free again.
    setting.wire.post({ ...request, name: "repeat", params: { text: "x", times: 0 } });
    await vi.waitFor(() => {
      expect(replies().at(-1)).toMatchObject({ type: "result", value: { text: "" } });
    });
  });
});

describe("a channel whose wire is gone", () => {
  it("rejects the request in words, and cannot be brought down by a cancel", async () => {
    const refused: string[] = [];
    let alive = true;
    const channel = new Channel<AskerContract, WorkerContract>(
      {
        post() {
          if (!alive) throw new Error("write EPIPE");
        },
        listen: () => () => {},
      },
      askerContract,
      workerContract,
      {},
      {},
      (why) => refused.push(why),
    );
    const stop = new AbortController();
    const waiting = channel.request("wait", {}, { signal: stop.signal });
    alive = false;
    await expect(channel.request("wait", {})).rejects.toMatchObject({
      reason: "engineStopped",
      message: expect.stringContaining("write EPIPE"),
    });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ reason: "cancelled" });
    channel.emit("poke", { text: "x" });
    expect(refused).toEqual([
      expect.stringContaining("The cancel could not be sent"),
      expect.stringContaining("The event could not be sent"),
    ]);
  });
});
