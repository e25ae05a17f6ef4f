import type { ToneWeights } from "../shared/steeringRequest";
import type { RewriteOutcome, RewriteService } from "./rewriteService";

/** A hand is still on the slider, milliseconds. */
const restBeforeWriting = 250;

/**
 * Live: each change of a tone writes the selection anew as a preview, and the newest wish replaces
 * the one that is being written. Changes of the text do not: what was just put in would be
 * rewritten again, and again.
 */
export class TonePanelLive {
  private timer: NodeJS.Timeout | undefined;
  private active = false;
  private writing = 0;

  constructor(
    private readonly service: RewriteService,
    private readonly weights: () => ToneWeights,
    private readonly onOutcome: (outcome: RewriteOutcome) => void,
  ) {}

  get on(): boolean {
    return this.active;
  }

  /** Whether what runs now was begun by this. */
  get isWriting(): boolean {
    return this.writing > 0;
  }

  set(on: boolean): void {
    if (on === this.active) return;
    this.active = on;
    if (on) this.wake(0);
    else clearTimeout(this.timer);
  }

  /** The tones, or how they are steered, have changed. */
  wake(rest = restBeforeWriting): void {
    if (!this.active) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.write(), rest);
  }

  /** Ends a wish that was not begun yet. */
  calm(): void {
    clearTimeout(this.timer);
  }

  dispose(): void {
    this.active = false;
    clearTimeout(this.timer);
  }

  private async write(): Promise<void> {
    const weights = this.weights();
    if (Object.keys(weights).length === 0) {
      if (this.isWriting) this.service.stop();
      this.service.reject();
      return;
    }
    this.writing++;
    try {
      // One version only: further ones take longer than a hand on a slider waits.
      const options = {
        apply: "preview",
        whenBusy: "replace",
        alternatives: 0,
        quiet: true,
      } as const;
      this.onOutcome(await this.service.rewriteSelection(weights, options));
    } finally {
      this.writing--;
    }
  }
}
