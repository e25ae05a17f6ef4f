import { TonesteerError } from "../shared/errors";

interface Job {
  readonly replaceable: boolean;
  readonly start: () => void;
  readonly stop: (error: TonesteerError) => void;
}

/**
 * One model, one piece of work at a time. A new one waits for its turn, or replaces every
 * replaceable one that is running or waiting; what was replaced ends with the reason `replaced`.
 */
export class RequestQueue {
  private running: Job | undefined;
  private waiting: Job[] = [];

  run<T>(
    work: (signal: AbortSignal) => Promise<T>,
    options: {
      readonly signal?: AbortSignal | undefined;
      readonly whenBusy: "wait" | "replace";
      /** Whether a later request may take this one's place. */
      readonly replaceable: boolean;
    },
  ): Promise<T> {
    if (options.whenBusy === "replace") this.replaceAll();
    return new Promise<T>((resolve, reject) => {
      const controller = new AbortController();
      const cancel = () => job.stop(new TonesteerError("cancelled", "Cancelled."));
      const job: Job = {
        replaceable: options.replaceable,
        start: () => {
          this.running = job;
          // Work that throws at once has to leave the queue like any other.
          Promise.resolve()
            .then(() => work(controller.signal))
            .then(resolve, (error: unknown) =>
              reject((controller.signal.aborted ? controller.signal.reason : error) as Error),
            )
            .finally(() => {
              options.signal?.removeEventListener("abort", cancel);
              this.running = undefined;
              this.next();
            });
        },
        stop: (error) => {
          controller.abort(error);
          if (this.running === job) return; // the work notices within one decode step
          this.waiting = this.waiting.filter((other) => other !== job);
          reject(error);
        },
      };
      if (options.signal?.aborted) return cancel();
      options.signal?.addEventListener("abort", cancel, { once: true });
      this.waiting.push(job);
      if (!this.running) this.next();
    });
  }

  private next(): void {
    this.waiting.shift()?.start();
  }

  private replaceAll(): void {
    const error = new TonesteerError("replaced", "A newer request took its place.");
    for (const job of [...this.waiting, ...(this.running ? [this.running] : [])]) {
      if (job.replaceable) job.stop(error);
    }
  }
}
