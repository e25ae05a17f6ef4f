import { fork } from "node:child_process";
import { resolve } from "node:path";
import { Channel } from "../../src/shared/channel";
import { engineContract, hostContract } from "../../src/shared/engineProtocol";
import { calibratedGeneration, calibratedSteering } from "../../src/shared/steeringRequest";
import type { BenchOptions } from "./decoding";
import { median } from "./statistics";
import { benchText } from "./text";

/** What a person waits for, measured on the real engine process, started anew for each figure. */
export async function measureEngine(options: BenchOptions) {
  const ready: number[] = [];
  const firstToken: number[] = [];
  const memory: number[] = [];
  for (let round = 0; round < Math.min(options.rounds, 5); round++) {
    const started = performance.now();
    const child = fork(resolve(__dirname, "..", "engine", "main.js"), {
      env: { ...process.env, ORT_DISABLE_TELEMETRY: "1" },
      serialization: "advanced",
    });
    const channel = new Channel(
      {
        post: (message) => child.send(message as object),
        listen: (listener) => {
          child.on("message", listener);
          return () => child.off("message", listener);
        },
      },
      hostContract,
      engineContract,
      {},
    );
    const summary = await channel.request("open", {
      packFolder: options.packFolder,
      cacheFolder: options.cacheFolder,
      threads: options.threads,
    });
    ready.push(performance.now() - started);
    const asked = performance.now();
    let heard = 0;
    const stop = new AbortController();
    await channel
      .request(
        "rewrite",
        {
          text: benchText,
          format: "plain",
          steering: calibratedSteering({ [summary.tones.at(-1)!.id]: 1 }),
          generation: calibratedGeneration(),
          fidelity: "free",
          alternatives: 0,
          anyLanguage: true,
          whenBusy: "wait",
        },
        {
          signal: stop.signal,
          onProgress: ({ tokens }) => (heard ||= tokens && performance.now()),
        },
      )
      .catch(() => {});
    firstToken.push(heard - asked);
    memory.push((await channel.request("memory", {})).residentBytes / 1e6);
    channel.dispose();
    child.kill();
  }
  return {
    "ready, seconds": (median(ready) / 1000).toFixed(2),
    "first words, seconds": (median(firstToken) / 1000).toFixed(2),
    "memory, MB": median(memory).toFixed(0),
  };
}
