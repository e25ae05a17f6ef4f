import type { KvCache } from "./kvCache";
import type { LanguageModel } from "./languageModel";
import type { PromptEncoder } from "./promptEncoder";

/** Texts kept read, and their tokens in all; 64 take about 3 MB in a model of 135M parameters. */
const keptTexts = 8;
const keptTokens = 1024;

interface ReadText {
  readonly cache: Promise<KvCache>;
  readonly tokens: number;
}

/**
 * Prompts that were read, unsteered and one row each. Every prompt starts with the same head, and
 * writing a text and reading its rewrites start with the same head + text; each is paid once. None
 * depends on tones, so turning a slider or trying again reads nothing anew.
 */
export class PromptCache {
  private headCache: Promise<KvCache> | undefined;
  private readonly texts = new Map<string, ReadText>();

  constructor(
    private readonly model: LanguageModel,
    private readonly prompts: PromptEncoder,
  ) {}

  head(): Promise<KvCache> {
    if (!this.headCache) {
      this.headCache = this.model.read(undefined, this.prompts.head);
      this.headCache.catch(() => (this.headCache = undefined));
    }
    return this.headCache;
  }

  /** head + text; of a longer text, only the first `longest` tokens. */
  text(text: string, longest = Infinity): Promise<KvCache> {
    const ids = this.prompts.text(text).slice(0, longest);
    const key = ids.join();
    const found = this.texts.get(key) ?? {
      cache: this.head().then((head) => this.model.read(head, ids)),
      tokens: ids.length,
    };
    // Map keeps the order of insertion: the first is the one longest unused.
    this.texts.delete(key);
    this.texts.set(key, found);
    this.evict();
    found.cache.catch(() => this.texts.delete(key));
    return found.cache;
  }

  /** The prompt of a text but for its last token, which is the first decode step. */
  async prompt(
    text: string,
    toneInstruction?: string,
    longest = Infinity,
  ): Promise<{ cache: KvCache; lastToken: number }> {
    const tail = this.prompts.tail(toneInstruction);
    const cache = await this.model.read(await this.text(text, longest), tail.slice(0, -1));
    return { cache, lastToken: tail.at(-1)! };
  }

  /** The text read last is always kept. */
  private evict(): void {
    let tokens = 0;
    for (const text of this.texts.values()) tokens += text.tokens;
    for (const [key, text] of this.texts) {
      if (this.texts.size === 1) return;
      if (this.texts.size <= keptTexts && tokens <= keptTokens) return;
      this.texts.delete(key);
      tokens -= text.tokens;
    }
  }
}
