import * as v from "valibot";
import type { Contract, Handlers, Wire } from "../../../src/shared/channel";
import { Channel } from "../../../src/shared/channel";
import { TonesteerError } from "../../../src/shared/errors";

/** A small contract with every kind of message, and an end that answers it. */

const text = v.pipe(v.string(), v.maxLength(1000));

export const workerContract = {
  requests: {
    repeat: {
      params: v.object({ text, times: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) }),
      result: v.object({ text }),
      progress: v.object({ done: v.number() }),
    },
    /** Runs until it is cancelled. */
    wait: { params: v.object({}), result: v.object({}) },
    /** Answers what it is told to, whatever the contract says. */
    answer: { params: v.object({ value: v.unknown() }), result: v.object({ text }) },
    fail: { params: v.object({ reason: v.string() }), result: v.object({}) },
  },
  events: { said: v.object({ text }) },
} as const satisfies Contract;
export type WorkerContract = typeof workerContract;

export const askerContract = {
  requests: {},
  events: { poke: v.object({ text }) },
} as const satisfies Contract;
export type AskerContract = typeof askerContract;

export interface Worker {
  readonly channel: Channel<WorkerContract, AskerContract>;
  /** What happened on this end, in order. */
  readonly seen: string[];
}

export function startWorker(wire: Wire): Worker {
  const seen: string[] = [];
  const handlers: Handlers<WorkerContract> = {
    async repeat({ text, times }, { progress }) {
      seen.push(`repeat ${text}`);
      for (let done = 1; done <= times; done++) {
        progress({ done });
        await Promise.resolve();
      }
      return { text: text.repeat(times) };
    },
    wait: (_, { signal }) => {
      seen.push("wait");
      return new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => {
          seen.push("aborted");
          channel.emit("said", { text: "aborted" });
          reject(new TonesteerError("cancelled", "Cancelled."));
        }),
      );
    },
    answer: ({ value }) => value as { text: string },
    fail({ reason }) {
      if (reason === "plain") throw new Error("something broke");
      throw new TonesteerError("textTooLong", "Select less.");
    },
  };
  const channel = new Channel<WorkerContract, AskerContract>(
    wire,
    workerContract,
    askerContract,
    handlers,
    {
      poke({ text }) {
        seen.push(`poke ${text}`);
        channel.emit("said", { text: `poked ${text}` });
      },
    },
    (why) => {
      seen.push(`refused ${why}`);
      channel.emit("said", { text: `refused ${why}`.slice(0, 1000) });
    },
  );
  return { channel, seen };
}
