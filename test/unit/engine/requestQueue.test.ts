import { describe, expect, it } from "vitest";
import { RequestQueue } from "../../../src/engine/requestQueue";
import { TonesteerError } from "../../../src/shared/errors";

/** Work that ends when it is told to, or when it notices that it was stopped. */
class Work {
  started = false;
  signal: AbortSignal | undefined;
  private end!: { resolve: (value: string) => void; reject: (error: unknown) => void };

  readonly run = (signal: AbortSignal): Promise<string> => {
    this.started = true;
    this.signal = signal;
    return new Promise((resolve, reject) => {
      this.end = { resolve, reject };
      signal.addEventListener("abort", () => reject(new Error("noticed")), { once: true });
    });
  };

  finish(value: string): void {
    this.end.resolve(value);
  }

  fail(error: unknown): void {
    this.end.reject(error);
  }
}

const wait = { whenBusy: "wait", replaceable: true } as const;
const replace = { whenBusy: "replace", replaceable: true } as const;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("RequestQueue", () => {
  it("runs one piece of work at a time, in their order", async () => {
    const queue = new RequestQueue();
    const [a, b, c] = [new Work(), new Work(), new Work()];
    const results = [a, b, c].map((work) => queue.run(work.run, wait));
    await turn();
    expect([a.started, b.started, c.started]).toEqual([true, false, false]);
    a.finish("a");
    expect(await results[0]).toBe("a");
    await turn();
    expect([b.started, c.started]).toEqual([true, false]);
    b.fail(new TonesteerError("diskFailed", "Free some space."));
    await expect(results[1]).rejects.toMatchObject({ reason: "diskFailed" });
    await turn();
    c.finish("c");
    expect(await results[2]).toBe("c");
  });

  it("goes on after work that throws before it gives a promise", async () => {
    const queue = new RequestQueue();
    const throwing = () => {
      throw new TonesteerError("badRequest", "Open a model first.");
    };
    const first = queue.run(throwing, wait);
    const second = queue.run(throwing, wait);
    await expect(first).rejects.toMatchObject({ reason: "badRequest" });
    await expect(second).rejects.toMatchObject({ reason: "badRequest" });
    expect(await queue.run(async () => "works", wait)).toBe("works");
  });

  it("replaces what runs and what waits, but nothing that may not be replaced", async () => {
    const queue = new RequestQueue();
    const [running, waiting, kept, newest] = [new Work(), new Work(), new Work(), new Work()];
    const results = [queue.run(running.run, wait), queue.run(waiting.run, wait)].map((result) =>
      result.catch((error: unknown) => error),
    );
    const keeping = queue.run(kept.run, { ...wait, replaceable: false });
    await turn();
    const latest = queue.run(newest.run, replace);
    expect(running.signal!.aborted).toBe(true);
    for (const result of results) expect(await result).toMatchObject({ reason: "replaced" });
    expect(waiting.started).toBe(false);
    await turn();
    expect([kept.started, newest.started]).toEqual([true, false]); // still in order
    kept.finish("kept");
    expect(await keeping).toBe("kept");
    await turn();
    newest.finish("newest");
    expect(await latest).toBe("newest");
  });

  it("starts the new work only when the replaced one has left", async () => {
    const queue = new RequestQueue();
    let release!: () => void;
    const slow = queue.run(
      () => new Promise<void>((resolve) => (release = resolve)), // notices nothing
      wait,
    );
    await turn();
    const next = new Work();
    const result = queue.run(next.run, replace);
    await turn();
    expect(next.started).toBe(false);
    release();
    await slow; // it was finished after all
    await turn();
    expect(next.started).toBe(true);
    next.finish("next");
    expect(await result).toBe("next");
  });

  it("cancels running work through its signal and waiting work at once", async () => {
    const queue = new RequestQueue();
    const [running, waiting, last] = [new Work(), new Work(), new Work()];
    const stops = [new AbortController(), new AbortController()];
    const results = [running, waiting].map((work, i) =>
      queue.run(work.run, { ...wait, signal: stops[i]!.signal }),
    );
    const after = queue.run(last.run, wait);
    await turn();
    stops[1]!.abort();
    await expect(results[1]).rejects.toMatchObject({ reason: "cancelled" });
    expect(running.signal!.aborted).toBe(false);
    stops[0]!.abort();
    await expect(results[0]).rejects.toMatchObject({ reason: "cancelled" });
    await turn();
    expect(waiting.started).toBe(false);
    last.finish("last");
    expect(await after).toBe("last");
  });

  it("never starts work that was cancelled before it came", async () => {
    const queue = new RequestQueue();
    const work = new Work();
    const result = queue.run(work.run, { ...wait, signal: AbortSignal.abort() });
    await expect(result).rejects.toMatchObject({ reason: "cancelled" });
    expect(work.started).toBe(false);
    expect(await queue.run(async () => 1, wait)).toBe(1);
  });

  it("lets go of a caller's signal once the work is done", async () => {
    const queue = new RequestQueue();
    const stop = new AbortController();
    expect(await queue.run(async () => "done", { ...wait, signal: stop.signal })).toBe("done");
    const next = new Work();
    const result = queue.run(next.run, wait);
    await turn();
    stop.abort();
    expect(next.signal!.aborted).toBe(false);
    next.finish("next");
    expect(await result).toBe("next");
  });
});
