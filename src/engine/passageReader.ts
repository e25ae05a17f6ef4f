import { classifyTones, type ToneReading as SiteReading } from "../steering/classifier";
import type { SiteHeads } from "../steering/siteHeads";
import { throwIfCancelled } from "./generate";
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

/**
 * What a text is taken to be a rewrite of when only its tones are asked for. Read as a rewrite of
 * itself every text looks neutral, since copying is what a neutral rewriter does.
 */
const noSource = ".";

/** Reads texts with the unsteered model: their tones, and how well they bear their source. */
export class PassageReader {
  constructor(
    private readonly model: LanguageModel,
    private readonly prompts: PromptEncoder,
    private readonly cache: PromptCache,
    private readonly heads: SiteHeads,
    private readonly labels: readonly string[],
  ) {}

  /**
   * The tones of each text when it is read as a rewrite of `source`.
   * @throws TonesteerError cancelled, after the text that is being read
   */
  async tones(
    source: string,
    texts: readonly string[],
    signal?: AbortSignal,
  ): Promise<TextReading[]> {
    const longest = this.longestText();
    const { cache, lastToken } = await this.cache.prompt(source, undefined, longest);
    const results: TextReading[] = [];
    for (const text of texts) {
      throwIfCancelled(signal);
      const continuation = this.prompts.text(text).slice(0, longest);
      const residuals = await this.model.residuals(cache, { prompt: [lastToken], continuation });
      results.push(this.named(classifyTones(residuals, this.heads)));
    }
    return results;
  }

  /** The tones of each text by itself: comparable between a source and its rewrites. */
  tonesAlone(texts: readonly string[], signal?: AbortSignal): Promise<TextReading[]> {
    return this.tones(noSource, texts, signal);
  }

  /**
   * The round trip: the mean log-probability a token of `source` when the unsteered rewriter is
   * given each candidate as its text. A candidate that lost, invented or turned something makes
   * its source unlikely.
   * @throws TonesteerError cancelled, after the candidate that is being read
   */
  async roundTrips(
    source: string,
    candidates: readonly string[],
    signal?: AbortSignal,
  ): Promise<number[]> {
    const head = await this.cache.head();
    const continuation = this.prompts.text(source);
    const tail = this.prompts.tail();
    const results: number[] = [];
    for (const text of candidates) {
      throwIfCancelled(signal);
      const prompt = [...this.prompts.text(text), ...tail];
      results.push(await this.model.meanLogProbability(head, { prompt, continuation }));
    }
    return results;
  }

  /** A source and its rewrite have to fit the context together. */
  private longestText(): number {
    const around = this.prompts.head.length + this.prompts.tail().length;
    return Math.max(1, Math.min(longestRead, Math.floor((this.model.shape.context - around) / 2)));
  }

  private named({ logProbability, probability }: SiteReading): TextReading {
    const name = (values: Float32Array) =>
      Object.fromEntries(this.labels.map((label, k) => [label, values[k]!]));
    return { logProbabilities: name(logProbability), probabilities: name(probability) };
  }
}
