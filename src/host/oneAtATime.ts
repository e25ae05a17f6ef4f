import { TonesteerError } from "../shared/errors";

/** Runs jobs one after the other; a new one waits for those before it, or ends them. */
export class OneAtATime {
  private readonly controllers = new Set<AbortController>();
  private tail: Promise<unknown> = Promise.resolve();

  get isBusy(): boolean {
    return this.controllers.size > 0;
  }

  /** Rejects with `cancelled` if stopped before or during the work. */
  async run<T>(
    whenBusy: "wait" | "replace",
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (whenBusy === "replace") this.stop();
    const controller = new AbortController();
    this.controllers.add(controller);
    const job = this.tail.then(() => {
      if (controller.signal.aborted) throw new TonesteerError("cancelled", "Cancelled.");
      return work(controller.signal);
    });
    this.tail = job.catch(() => {});
    try {
      return await job;
    } finally {
      this.controllers.delete(controller);
    }
  }

  stop(): void {
    for (const controller of this.controllers) controller.abort();
  }
}
