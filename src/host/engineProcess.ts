import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { Channel } from "../shared/channel";
import type { Wire } from "../shared/channel";
import { engineContract, hostContract } from "../shared/engineProtocol";
import type { EngineContract, HostContract } from "../shared/engineProtocol";
import { TonesteerError } from "../shared/errors";

export interface EngineLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** How long an engine may take to leave by itself once its parent has let go of it. */
const leaveMilliseconds = 2000;

/** One life of the engine: its process and the channel to it. */
export class EngineProcess {
  readonly channel: Channel<HostContract, EngineContract>;
  /** Why the process is gone; resolves once, never rejects. */
  readonly ended: Promise<TonesteerError>;
  private readonly child: ChildProcess;
  private leaving = false;

  constructor(entry: string, log: EngineLog) {
    this.child = fork(entry, [], {
      execPath: process.execPath,
      execArgv: [],
      env: engineEnvironment(process.env),
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.channel = new Channel(
      ipcWire(this.child),
      hostContract,
      engineContract,
      {},
      { log: ({ level, message }) => log[level](message) },
      (why) => log.warn(why),
    );
    forward(this.child.stdout, (line) => log.info(line));
    forward(this.child.stderr, (line) => log.warn(line));
    this.ended = new Promise((resolve) => {
      const end = (error: TonesteerError) => {
        this.channel.dispose(error);
        resolve(error);
      };
      this.child.once("error", (error) => end(notStarted(error)));
      this.child.once("exit", (code, signal) => end(this.left(code, signal)));
    });
  }

  get id(): number | undefined {
    return this.child.pid;
  }

  /** Rejects what is pending and ends the process, gently first. */
  end(): void {
    if (this.leaving) return;
    this.leaving = true;
    this.channel.dispose();
    if (this.child.connected) this.child.disconnect();
    const timer = setTimeout(() => this.child.kill("SIGKILL"), leaveMilliseconds);
    void this.ended.then(() => clearTimeout(timer));
  }

  /** Ends the process now: for when nobody will be there to wait. */
  kill(): void {
    this.leaving = true;
    this.channel.dispose();
    this.child.kill("SIGKILL");
  }

  private left(code: number | null, signal: string | null): TonesteerError {
    if (this.leaving) return new TonesteerError("engineStopped", "The engine was stopped.");
    const how = signal ?? `exit code ${code}`;
    const memory = signal === "SIGKILL" || signal === "SIGABRT";
    return new TonesteerError(
      "engineCrashed",
      `The engine stopped unexpectedly (${how}${memory ? "; the memory may have run out" : ""}). The text is unchanged; try again.`,
    );
  }
}

/** The editor's environment, less what would make the process run something else. */
function engineEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env = { ...own, ELECTRON_RUN_AS_NODE: "1", ORT_DISABLE_TELEMETRY: "1" };
  for (const name of Object.keys(env)) {
    if (name === "NODE_OPTIONS" || name.startsWith("VSCODE_"))
      delete (env as NodeJS.ProcessEnv)[name];
  }
  return env;
}

function ipcWire(child: ChildProcess): Wire {
  return {
    post(message) {
      if (!child.connected) {
        throw new TonesteerError("engineStopped", "The engine is not running. Try again.");
      }
      // A failed write is followed by the process's end, which rejects whatever waits.
      child.send(message as object, () => {});
    },
    listen(listener) {
      child.on("message", listener);
      return () => child.off("message", listener);
    },
  };
}

function forward(stream: Readable | null, write: (line: string) => void): void {
  if (stream) createInterface({ input: stream }).on("line", write);
}

function notStarted(error: Error): TonesteerError {
  return new TonesteerError(
    "engineCrashed",
    `The engine could not be started (${error.message}). Restart the editor; if it stays, reinstall Tonesteer.`,
  );
}
