import { TonesteerError, toErrorShape } from "../shared/errors";
import type {
  LadderRequest,
  LadderResult,
  OpenRequest,
  PackSummary,
  RewriteProgress,
  RewriteRequest,
  RewriteResult,
  ToneReading,
} from "../shared/engineProtocol";
import { Emitter } from "./emitter";
import { EngineProcess } from "./engineProcess";
import type { EngineLog } from "./engineProcess";
import type { EngineState } from "./engineState";

export interface EngineClientOptions {
  /** Absolute path of the engine's bundle. */
  readonly entry: string;
  readonly log: EngineLog;
  /** Read anew at each start. */
  readonly open: () => OpenRequest;
  /** Minutes without a request after which the process is ended; 0 keeps it. */
  readonly idleMinutes: () => number;
  /** Waits before the restarts after a crash; when they are used up the engine stays failed. */
  readonly backOffMilliseconds?: readonly number[];
  /** Above this resident size the process is ended after its work, to start afresh. */
  readonly memoryLimitBytes?: number;
}

export interface AskOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RewriteProgress) => void;
}

interface Life {
  readonly process: EngineProcess;
  readonly opened: Promise<PackSummary>;
}

/**
 * The host's end of the engine: started on first use, started again after a crash, ended when idle.
 * A request that was under way when the engine died is rejected with `engineCrashed`, never sent
 * again by itself: its text may be what killed the engine.
 */
export class EngineClient {
  private readonly changed = new Emitter<EngineState>();
  readonly onDidChangeState = this.changed.event;
  private current: EngineState = { kind: "asleep" };
  private life: Life | undefined;
  private summary: PackSummary | undefined;
  private crashes = 0;
  private asking = 0;
  private writing = 0;
  private stale = false;
  private restartTimer: NodeJS.Timeout | undefined;
  private idleTimer: NodeJS.Timeout | undefined;
  private disposed = false;
  private readonly backOff: readonly number[];
  private readonly memoryLimit: number;

  constructor(private readonly options: EngineClientOptions) {
    this.backOff = options.backOffMilliseconds ?? [200, 1000, 4000];
    this.memoryLimit = options.memoryLimitBytes ?? 2 * 2 ** 30;
  }

  get state(): EngineState {
    return this.current;
  }

  /** The pack opened last; kept while the engine sleeps. */
  get pack(): PackSummary | undefined {
    return this.summary;
  }

  get processId(): number | undefined {
    return this.life?.process.id;
  }

  /** Starts the engine if need be and resolves when its model is ready. */
  wake(signal?: AbortSignal): Promise<PackSummary> {
    return this.ask(async (life) => life.opened, false, signal);
  }

  rewrite(request: RewriteRequest, options: AskOptions = {}): Promise<RewriteResult> {
    const onProgress = (progress: RewriteProgress) => {
      if (this.writing > 0) {
        this.setState({ kind: "writing", tokensPerSecond: progress.tokensPerSecond });
      }
      options.onProgress?.(progress);
    };
    return this.ask(
      ({ process }) =>
        process.channel.request("rewrite", request, {
          onProgress,
          ...(options.signal && { signal: options.signal }),
        }),
      true,
      options.signal,
    );
  }

  ladder(request: LadderRequest, signal?: AbortSignal): Promise<LadderResult> {
    return this.ask(
      ({ process }) => process.channel.request("ladder", request, signal ? { signal } : {}),
      true,
      signal,
    );
  }

  readTones(text: string, signal?: AbortSignal): Promise<ToneReading> {
    return this.ask(
      ({ process }) => process.channel.request("readTones", { text }, signal ? { signal } : {}),
      false,
      signal,
    );
  }

  /** Forgets past crashes and starts afresh; rejects if that fails too. */
  async restart(): Promise<void> {
    this.crashes = 0;
    const old = this.life?.process;
    this.sleep();
    await old?.ended;
    await this.wake();
  }

  /** The pack or the runtime's options changed: what is running finishes, the next request reopens. */
  reopen(): void {
    if (this.asking > 0) this.stale = true;
    else this.sleep();
    this.crashes = 0;
  }

  /** Ends the process; the next request starts it again. */
  sleep(): void {
    clearTimeout(this.restartTimer);
    this.restartTimer = undefined;
    clearTimeout(this.idleTimer);
    this.stale = false;
    const life = this.life;
    this.life = undefined;
    life?.process.end();
    this.setState({ kind: "asleep" });
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.restartTimer);
    clearTimeout(this.idleTimer);
    this.life?.process.kill();
    this.life = undefined;
    this.changed.dispose();
  }

  private async ask<T>(
    work: (life: Life) => Promise<T>,
    writes: boolean,
    signal?: AbortSignal,
  ): Promise<T> {
    this.asking++;
    clearTimeout(this.idleTimer);
    try {
      const life = await this.ready(signal);
      if (!writes) return await work(life);
      this.writing++;
      this.setState({ kind: "writing", tokensPerSecond: 0 });
      try {
        const result = await work(life);
        this.crashes = 0;
        void this.watchMemory(life);
        return result;
      } finally {
        this.writing--;
        if (this.life === life && this.writing === 0) this.setState({ kind: "ready" });
      }
    } finally {
      this.asking--;
      this.rest();
    }
  }

  /** Cancelling does not wait for the model to load: it goes on loading for the next request. */
  private async ready(signal?: AbortSignal): Promise<Life> {
    if (this.disposed) throw new TonesteerError("engineStopped", "The engine was stopped.");
    if (this.current.kind === "failed" && this.crashes > this.backOff.length) {
      throw new TonesteerError(this.current.reason, this.current.message);
    }
    const life = (this.life ??= this.start());
    await untilAborted(life.opened, signal);
    return life;
  }

  private start(): Life {
    clearTimeout(this.restartTimer);
    this.restartTimer = undefined;
    this.setState({ kind: "loading" });
    const started = Date.now();
    const process = new EngineProcess(this.options.entry, this.options.log);
    const opened = process.channel.request("open", this.options.open());
    const life: Life = { process, opened };
    void process.ended.then((error) => this.afterEnd(life, error));
    opened.then(
      (summary) => {
        if (this.life !== life) return;
        this.summary = summary;
        this.options.log.info(
          `Engine ${process.id} ready with ${summary.title} after ${Date.now() - started} ms.`,
        );
        this.setState({ kind: "ready" });
      },
      (error: unknown) => this.afterRefusal(life, error),
    );
    return life;
  }

  /** The engine is alive but cannot open the pack: no use starting it again by itself. */
  private afterRefusal(life: Life, error: unknown): void {
    if (this.life !== life || TonesteerError.is(error, "engineCrashed")) return;
    this.life = undefined;
    life.process.end();
    this.setState({ kind: "failed", ...toErrorShape(error) });
  }

  private afterEnd(life: Life, error: TonesteerError): void {
    if (this.disposed || this.life !== life) return;
    this.life = undefined;
    this.crashes++;
    this.options.log.error(error.message);
    const wait = this.backOff[this.crashes - 1];
    if (wait === undefined) {
      this.setState({
        kind: "failed",
        reason: "engineCrashed",
        message: `The engine stopped unexpectedly ${this.crashes} times. Look at the log, then restart the engine.`,
      });
      return;
    }
    this.setState({ kind: "loading" });
    // Started before anybody asks, so that the next request finds the model loaded.
    this.restartTimer = setTimeout(() => {
      this.life ??= this.start();
    }, wait);
  }

  private rest(): void {
    if (this.asking > 0 || this.disposed) return;
    if (this.stale) {
      this.sleep();
      return;
    }
    clearTimeout(this.idleTimer);
    const minutes = this.options.idleMinutes();
    if (minutes <= 0 || !this.life) return;
    this.idleTimer = setTimeout(() => {
      this.options.log.info(`The engine was idle for ${minutes} minutes and was ended.`);
      this.sleep();
    }, minutes * 60_000);
    this.idleTimer.unref();
  }

  private async watchMemory(life: Life): Promise<void> {
    const memory = await life.process.channel.request("memory", {}).catch(() => undefined);
    if (!memory || memory.residentBytes < this.memoryLimit || this.life !== life) return;
    const size = Math.round(memory.residentBytes / 2 ** 20);
    this.options.log.warn(`The engine has grown to ${size} MiB and will start afresh.`);
    this.reopen();
  }

  private setState(state: EngineState): void {
    if (this.disposed || (state.kind === this.current.kind && state.kind === "asleep")) return;
    this.current = state;
    this.changed.fire(state);
  }
}

async function untilAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  const stop = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const cancel = () => reject(new TonesteerError("cancelled", "Cancelled."));
    if (signal.aborted) cancel();
    else signal.addEventListener("abort", cancel, { once: true, signal: stop.signal });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    stop.abort();
  }
}
