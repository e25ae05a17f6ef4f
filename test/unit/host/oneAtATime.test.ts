import { describe, expect, it } from "vitest";
import { OneAtATime } from "../../../src/host/oneAtATime";
import { TonesteerError } from "../../../src/shared/errors";

/** A job that lasts until it is ended, or aborted. */
function job() {
  let end = (_: string) => {};
  const work = (signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      end = resolve;
      const cancelled = () => reject(new TonesteerError("cancelled", "Cancelled."));
      signal.addEventListener("abort", cancelled, { once: true });
    });
  return { work, end: (value: string) => end(value) };
}
const soon = () => new Promise((resolve) => setTimeout(resolve, 1));

describe("one at a time", () => {
  it("lets a job wait for the one before, also when that fails", async () => {
    const jobs = new OneAtATime();
    const order: string[] = [];
    const first = jobs.run("wait", async () => {
      await soon();
      order.push("first");
      throw new Error("no");
    });
    const second = jobs.run("wait", () => Promise.resolve(order.push("second")));
    await expect(first).rejects.toThrow("no");
    await second;
    expect(order).toEqual(["first", "second"]);
    expect(jobs.isBusy).toBe(false);
  });

  it("ends the one before when it is to be replaced, and runs after it", async () => {
    const jobs = new OneAtATime();
    const first = job();
    const running = jobs.run("wait", first.work);
    await soon();
    const next = jobs.run("replace", () => Promise.resolve("next"));
    await expect(running).rejects.toMatchObject({ reason: "cancelled" });
    await expect(next).resolves.toBe("next");
  });

  it("stops what runs and what waits", async () => {
    const jobs = new OneAtATime();
    let started = false;
    const running = jobs.run("wait", job().work);
    const waiting = jobs.run("wait", () => Promise.resolve((started = true)));
    await soon();
    jobs.stop();
    await expect(running).rejects.toMatchObject({ reason: "cancelled" });
    await expect(waiting).rejects.toMatchObject({ reason: "cancelled" });
    expect(started).toBe(false);
  });

  it("is not stopped for those who come later", async () => {
    const jobs = new OneAtATime();
    jobs.stop();
    await expect(jobs.run("wait", () => Promise.resolve(1))).resolves.toBe(1);
  });
});
