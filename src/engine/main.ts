import { Channel, type Handlers, type Wire } from "../shared/channel";
import {
  engineContract,
  hostContract,
  type EngineContract,
  type HostContract,
} from "../shared/engineProtocol";
import { TonesteerError } from "../shared/errors";
import { Engine } from "./engine";
import { RequestQueue } from "./requestQueue";

/**
 * The engine's own process: answers the engine contract over the process's IPC. It reads the pack
 * and its cache folder, and opens no connection of any kind.
 */

const wire: Wire = {
  // A failed write is followed by "disconnect", which ends this process.
  post: (message) => process.send?.(message, undefined, undefined, () => {}),
  listen(listener) {
    process.on("message", listener);
    return () => process.off("message", listener);
  },
};

const queue = new RequestQueue();
let engine: Engine | undefined;

function opened(): Engine {
  if (!engine) throw new TonesteerError("badRequest", "No model is open yet. Open one first.");
  return engine;
}

const handlers: Handlers<EngineContract> = {
  open: (params, { signal }) =>
    queue.run(
      async () => {
        await engine?.dispose();
        engine = undefined;
        engine = await Engine.open(params, {
          onProblem: (message) => channel.emit("log", { level: "warn", message }),
        });
        return engine.summary;
      },
      { signal, whenBusy: "wait", replaceable: false },
    ),
  rewrite: (params, { signal, progress }) =>
    queue.run((stopped) => opened().rewrite(params, { signal: stopped, onProgress: progress }), {
      signal,
      whenBusy: params.whenBusy,
      replaceable: true,
    }),
  ladder: (params, { signal }) =>
    queue.run((stopped) => opened().ladder(params, { signal: stopped }), {
      signal,
      whenBusy: params.whenBusy,
      replaceable: true,
    }),
  readTones: ({ text }, { signal }) =>
    queue.run((stopped) => opened().readTones(text, { signal: stopped }), {
      signal,
      whenBusy: "wait",
      replaceable: false,
    }),
  memory: () => ({ residentBytes: process.memoryUsage.rss() }),
};

const channel = new Channel<EngineContract, HostContract>(
  wire,
  engineContract,
  hostContract,
  handlers,
  {},
  (why) => channel.emit("log", { level: "warn", message: why }),
);

// Nobody is left to write for: the editor was closed or has crashed.
process.on("disconnect", () => process.exit(0));
