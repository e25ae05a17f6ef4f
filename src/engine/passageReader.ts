import { classifyTones, type ToneReading as SiteReading } from "../steering/classifier";
import type { SiteHeads } from "../steering/siteHeads";
import type { LanguageModel } from "./languageModel";
import type { PromptCache } from "./promptCache";
import type { PromptEncoder } from "./promptEncoder";

/** What reading a text says of its tones: log-probability to rank by, probability to show. */
export interface TextReading {
  readonly logProbabilities: Readonly<Record<string, number>>;
  readonly probabilities: Readonly<Record<string, number>>;
}

/** Tones show early; of a longer text only so many tokens are read. */
const longestRead = 768;

/** Reads texts with the unsteered model: their tones, and how well they bear their source. */
export class PassageReader {
  constructor(
    private readonly model: LanguageModel,
    private readonly prompts: PromptEncoder,
    private readonly cache: PromptCache,
    private readonly heads: SiteHeads,
    private readonly labels: readonly string[],
  ) {}

  /** The tones of each text when it is read as a rewrite of `source`. */
  async tones(source: string, texts: readonly string[]): Promise<TextReading[]> {
    const { cache, lastToken } = await this.cache.prompt(source, undefined, longestRead);
    const results: TextReading[] = [];
    for (const text of texts) {
      const continuation = this.prompts.text(text).slice(0, longestRead);
      const residuals = await this.model.residuals(cache, { prompt: [lastToken], continuation });
      results.push(this.named(classifyTones(residuals, this.heads)));
    }
    return results;
  }

  /**
   * The round trip: the mean log-probability a token of `source` when the unsteered rewriter is
   * given each candidate as its text. A candidate that lost, invented or turned something makes
   * its source unlikely.
   */
  async roundTrips(source: string, candidates: readonly string[]): Promise<number[]> {
    const head = await this.cache.head();
    const continuation = this.prompts.text(source);
    const tail = this.prompts.tail();
    const results: number[] = [];
    for (const text of candidates) {
      const prompt = [...this.prompts.text(text), ...tail];
      results.push(await this.model.meanLogProbability(head, { prompt, continuation }));
    }
    return results;
  }

  private named({ logProbability, probability }: SiteReading): TextReading {
    const name = (values: Float32Array) =>
      Object.fromEntries(this.labels.map((label, k) => [label, values[k]!]));
    return { logProbabilities: name(logProbability), probabilities: name(probability) };
  }
}
