import { classifyTones, type ToneReading as SiteReading } from "../steering/classifier";
import type { SiteHeads } from "../steering/siteHeads";
import type { LanguageModel, Reading } from "./languageModel";
import type { PromptEncoder } from "./promptEncoder";

/** What reading a text says of its tones: log-probability to rank by, probability to show. */
export interface TextReading {
  readonly logProbabilities: Readonly<Record<string, number>>;
  readonly probabilities: Readonly<Record<string, number>>;
}

/** Tones show early; of a longer text only so many tokens are read. */
const longestRead = 768;
/** Positions in one run of the model; more is split into several, to bound memory. */
const positionsAtOnce = 2048;
/** Positions whose whole vocabulary is scored in one run: 49k logits each. */
const scoredAtOnce = 256;

/** Reads texts with the unsteered model: their tones, and how well they bear their source. */
export class PassageReader {
  constructor(
    private readonly model: LanguageModel,
    private readonly prompts: PromptEncoder,
    private readonly heads: SiteHeads,
    private readonly labels: readonly string[],
  ) {}

  /** The tones of each text when it is read as a rewrite of `source`. */
  async tones(source: string, texts: readonly string[]): Promise<TextReading[]> {
    const prompt = this.prompts.prompt(source, undefined, longestRead);
    const readings = texts.map((text) => ({
      prompt,
      continuation: this.prompts.text(text).slice(0, longestRead),
    }));
    const residuals: Float32Array[] = [];
    for (const part of inRuns(readings, (r) => length(r), positionsAtOnce)) {
      residuals.push(...(await this.model.residuals(part)));
    }
    return residuals.map((x) => this.named(classifyTones(x, this.heads)));
  }

  /**
   * The round trip: the mean log-probability a token of `source` when the unsteered rewriter is
   * given each candidate as its text. A candidate that lost, invented or turned something makes
   * its source unlikely.
   */
  async roundTrips(source: string, candidates: readonly string[]): Promise<number[]> {
    const continuation = this.prompts.text(source);
    const readings = candidates.map((text) => ({
      prompt: this.prompts.prompt(text),
      continuation,
    }));
    const results: number[] = [];
    for (const part of inRuns(readings, (r) => r.continuation.length, scoredAtOnce)) {
      results.push(...(await this.model.meanLogProbabilities(part)));
    }
    return results;
  }

  private named({ logProbability, probability }: SiteReading): TextReading {
    const name = (values: Float32Array) =>
      Object.fromEntries(this.labels.map((label, k) => [label, values[k]!]));
    return { logProbabilities: name(logProbability), probabilities: name(probability) };
  }
}

function length({ prompt, continuation }: Reading): number {
  return prompt.length + continuation.length;
}

/** Splits readings so that rows * longest row stays below the limit; one reading always fits. */
function inRuns(
  readings: readonly Reading[],
  size: (reading: Reading) => number,
  limit: number,
): Reading[][] {
  const runs: Reading[][] = [];
  let run: Reading[] = [];
  let longest = 0;
  for (const reading of readings) {
    const grown = Math.max(longest, size(reading));
    if (run.length > 0 && grown * (run.length + 1) > limit) {
      runs.push(run);
      run = [];
      longest = 0;
    }
    run.push(reading);
    longest = Math.max(longest, size(reading));
  }
  if (run.length > 0) runs.push(run);
  return runs;
}
