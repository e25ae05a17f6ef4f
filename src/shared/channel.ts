import * as v from "valibot";
import { errorReasons, fromErrorShape, toErrorShape, TonesteerError } from "./errors";

/**
 * One typed channel for both wires: the engine process's IPC and the webview's postMessage.
 * Three kinds of message, as on any such wire: requests (answered once, may report progress, may be
 * cancelled), events (not answered) and replies. Everything received is validated against the
 * contract before anybody sees it; what does not fit is refused, reported and changes nothing.
 */

/** What carries messages. `post` may throw when the other end is gone. */
export interface Wire {
  post(message: unknown): void;
  /** Returns a function that stops listening. */
  listen(listener: (message: unknown) => void): () => void;
}

type Schema = v.GenericSchema;

export interface RequestContract {
  readonly params: Schema;
  readonly result: Schema;
  readonly progress?: Schema;
}

/** What one end answers (`requests`) and what it sends unasked (`events`). */
export interface Contract {
  readonly requests: Readonly<Record<string, RequestContract>>;
  readonly events: Readonly<Record<string, Schema>>;
}

type Output<S> = S extends Schema ? v.InferOutput<S> : never;

export interface HandlerContext<Progress> {
  /** Aborted when the asking end cancels, or when the channel is disposed. */
  readonly signal: AbortSignal;
  readonly progress: (value: Progress) => void;
}

export type Handlers<C extends Contract> = {
  [K in keyof C["requests"]]: (
    params: Output<C["requests"][K]["params"]>,
    context: HandlerContext<Output<C["requests"][K]["progress"]>>,
  ) => Promise<Output<C["requests"][K]["result"]>> | Output<C["requests"][K]["result"]>;
};

export type EventListeners<C extends Contract> = {
  [K in keyof C["events"]]?: (params: Output<C["events"][K]>) => void;
};

export interface RequestOptions<Progress> {
  readonly signal?: AbortSignal;
  readonly onProgress?: (value: Progress) => void;
}

const Name = v.pipe(v.string(), v.maxLength(64));
const Id = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Envelope = v.variant("type", [
  v.object({ type: v.literal("request"), id: Id, name: Name, params: v.unknown() }),
  v.object({ type: v.literal("cancel"), id: Id }),
  v.object({ type: v.literal("progress"), id: Id, value: v.unknown() }),
  v.object({ type: v.literal("result"), id: Id, value: v.unknown() }),
  v.object({
    type: v.literal("error"),
    id: Id,
    error: v.object({ reason: v.picklist(errorReasons), message: v.string() }),
  }),
  v.object({ type: v.literal("event"), name: Name, params: v.unknown() }),
]);
type Envelope = v.InferOutput<typeof Envelope>;

interface Pending {
  readonly contract: RequestContract;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((value: never) => void) | undefined;
  readonly cleanUp: () => void;
}

/**
 * One end of a wire. `Local` is what this end answers and emits, `Remote` what the other end does.
 * After `dispose` every pending request is rejected and nothing more is sent or heard.
 */
export class Channel<Local extends Contract, Remote extends Contract> {
  private readonly pending = new Map<number, Pending>();
  private readonly running = new Map<number, AbortController>();
  private readonly stopListening: () => void;
  private nextId = 0;
  private disposedWith: TonesteerError | undefined;

  constructor(
    private readonly wire: Wire,
    private readonly local: Local,
    private readonly remote: Remote,
    private readonly handlers: Handlers<Local>,
    private readonly listeners: EventListeners<Remote> = {},
    /** Called with a sentence for each message that was refused. */
    private readonly onRefused: (why: string) => void = () => {},
  ) {
    this.stopListening = wire.listen((message) => this.receive(message));
  }

  request<K extends keyof Remote["requests"] & string>(
    name: K,
    params: Output<Remote["requests"][K]["params"]>,
    options: RequestOptions<Output<Remote["requests"][K]["progress"]>> = {},
  ): Promise<Output<Remote["requests"][K]["result"]>> {
    if (this.disposedWith) return Promise.reject(this.disposedWith);
    const { signal, onProgress } = options;
    if (signal?.aborted) return Promise.reject(cancelled());
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.post({ type: "cancel", id });
        // The answer no longer matters: the asker is told at once, whatever the other end does.
        this.settle(id)?.reject(cancelled());
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.pending.set(id, {
        contract: this.remote.requests[name]!,
        resolve: resolve as (value: unknown) => void,
        reject,
        onProgress: onProgress as ((value: never) => void) | undefined,
        cleanUp: () => signal?.removeEventListener("abort", onAbort),
      });
      try {
        this.wire.post({ type: "request", id, name, params });
      } catch (error) {
        this.settle(id)?.reject(TonesteerError.is(error) ? error : notSent(error));
      }
    });
  }

  emit<K extends keyof Local["events"] & string>(
    name: K,
    params: Output<Local["events"][K]>,
  ): void {
    if (!this.disposedWith) this.post({ type: "event", name, params });
  }

  dispose(
    error = new TonesteerError("engineStopped", "The connection was closed. Try again."),
  ): void {
    if (this.disposedWith) return;
    this.disposedWith = error;
    this.stopListening();
    for (const id of [...this.pending.keys()]) this.settle(id)?.reject(error);
    for (const controller of this.running.values()) controller.abort();
    this.running.clear();
  }

  private settle(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    pending?.cleanUp();
    return pending;
  }

  private post(message: Envelope): void {
    try {
      this.wire.post(message);
    } catch (error) {
      this.onRefused(`The ${message.type} could not be sent: ${String(error)}`);
    }
  }

  private receive(raw: unknown): void {
    const parsed = v.safeParse(Envelope, raw);
    if (!parsed.success) {
      this.onRefused(`A message of an unknown shape was refused: ${firstIssue(parsed.issues)}`);
      return;
    }
    const message = parsed.output;
    switch (message.type) {
      case "request":
        void this.answer(message.id, message.name, message.params);
        return;
      case "cancel":
        this.running.get(message.id)?.abort();
        return;
      case "progress":
        this.receiveProgress(message.id, message.value);
        return;
      case "result":
        this.receiveResult(message.id, message.value);
        return;
      case "error":
        this.settle(message.id)?.reject(fromErrorShape(message.error));
        return;
      case "event":
        this.receiveEvent(message.name, message.params);
        return;
    }
  }

  private async answer(id: number, name: string, rawParams: unknown): Promise<void> {
    const contract = own(this.local.requests, name);
    const params = contract && v.safeParse(contract.params, rawParams);
    if (!contract || !params?.success || this.running.has(id)) {
      const why = !contract
        ? `There is no request "${name}".`
        : `The request "${name}" was refused: ${params?.success === false ? firstIssue(params.issues) : "its number is in use"}.`;
      this.onRefused(why);
      this.post({ type: "error", id, error: { reason: "protocol", message: why } });
      return;
    }
    const controller = new AbortController();
    this.running.set(id, controller);
    try {
      const handler = this.handlers[name] as (p: unknown, c: HandlerContext<unknown>) => unknown;
      const value = await handler(params.output, {
        signal: controller.signal,
        progress: (value) => {
          if (!controller.signal.aborted) this.post({ type: "progress", id, value });
        },
      });
      if (!this.disposedWith) this.post({ type: "result", id, value });
    } catch (error) {
      if (!this.disposedWith) this.post({ type: "error", id, error: toErrorShape(error) });
    } finally {
      this.running.delete(id);
    }
  }

  private receiveProgress(id: number, raw: unknown): void {
    const pending = this.pending.get(id);
    if (!pending?.onProgress || !pending.contract.progress) return;
    const value = v.safeParse(pending.contract.progress, raw);
    if (value.success) pending.onProgress(value.output as never);
    else this.onRefused(`A progress message was refused: ${firstIssue(value.issues)}`);
  }

  private receiveResult(id: number, raw: unknown): void {
    const pending = this.settle(id);
    if (!pending) return; // cancelled meanwhile
    const value = v.safeParse(pending.contract.result, raw);
    if (value.success) {
      pending.resolve(value.output);
      return;
    }
    const why = `The answer was refused: ${firstIssue(value.issues)}. Try again; if it stays, show the log.`;
    this.onRefused(why);
    pending.reject(new TonesteerError("protocol", why));
  }

  private receiveEvent(name: string, raw: unknown): void {
    const schema = own(this.remote.events, name);
    const params = schema && v.safeParse(schema, raw);
    if (!params?.success) {
      this.onRefused(
        `The event "${name}" was refused: ${params ? firstIssue(params.issues) : "unknown"}`,
      );
      return;
    }
    this.listeners[name]?.(params.output as never);
  }
}

function notSent(cause: unknown): TonesteerError {
  const message = `The request could not be sent (${String(cause)}). Try again.`;
  return new TonesteerError("engineStopped", message, { cause });
}

function cancelled(): TonesteerError {
  return new TonesteerError("cancelled", "Cancelled.");
}

/** Own properties only: a name such as "constructor" from the wire must not find anything. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function firstIssue(issues: readonly v.BaseIssue<unknown>[]): string {
  const issue = issues[0];
  const path = issue && v.getDotPath(issue);
  return `${path ? `${path}: ` : ""}${issue?.message ?? "unknown shape"}`;
}
