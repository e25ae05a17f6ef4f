import type { LadderResult } from "../shared/engineProtocol";
import type { RewriteSummary } from "../shared/rewriteSummary";
import { requestFor } from "./askEngine";
import type { Config } from "./config";
import type { Ask, Asked } from "./draft";
import type { EngineClient } from "./engineClient";
import { summarise } from "./summarise";
import type { Target } from "./target";

/** Writes one passage at several strengths and remembers the last such ladder. */
export class Ladders {
  private last: (Asked & { readonly result: LadderResult }) | undefined;

  constructor(
    private readonly engine: EngineClient,
    private readonly config: Config,
  ) {}

  /** Of the target's first place. */
  async write(
    target: Target,
    ask: Ask,
    strengths: readonly number[],
    signal: AbortSignal,
  ): Promise<LadderResult> {
    const request = requestFor(target.places[0]!, ask, this.config.now);
    const result = await this.engine.ladder({ ...request, strengths: [...strengths] }, signal);
    this.last = { target, ask, result };
    return result;
  }

  rung(
    index: number,
  ): (Asked & { readonly text: string; readonly summary: RewriteSummary }) | undefined {
    const rung = this.last?.result.rungs[index];
    if (!this.last || !rung) return undefined;
    const { target, ask } = this.last;
    const summary: RewriteSummary = {
      ...summarise(target.name, ask.weights, []),
      units: { changed: Number(rung.changed), total: 1 },
      reasons: rung.changed ? [] : ["noCandidatePassed"],
      characters: { before: target.sources[0]!.length, after: rung.text.length },
      roundTrip: rung.roundTrip,
      tones: { before: {}, after: rung.tones },
    };
    return { target, ask, text: rung.text, summary };
  }
}
