import type { KvCache } from "./kvCache";
import type { LanguageModel } from "./languageModel";
import type { PromptEncoder } from "./promptEncoder";

/** Texts kept read; a unit of 64 tokens takes about 3 MB in a model of 135M parameters. */
const kept = 8;

/**
 * Prompts that were read, unsteered and one row each. Every prompt starts with the same head, and
 * writing a text and reading its rewrites start with the same head + text; each is paid once. None
 * depends on tones, so turning a slider or trying again reads nothing anew.
 */
export class PromptCache {
  private headCache: Promise<KvCache> | undefined;
  private readonly texts = new Map<string, Promise<KvCache>>();

  constructor(
    private readonly model: LanguageModel,
    private readonly prompts: PromptEncoder,
  ) {}

  head(): Promise<KvCache> {
    return (this.headCache ??= this.model.read(undefined, this.prompts.head));
  }

  /** head + text; of a longer text, only the first `longest` tokens. */
  text(text: string, longest = Infinity): Promise<KvCache> {
    const key = text.trim();
    let cache = this.texts.get(key);
    // Map keeps the order of insertion: the first is the one longest unused.
    this.texts.delete(key);
    cache ??= this.head().then((head) =>
      this.model.read(head, this.prompts.text(key).slice(0, longest)),
    );
    this.texts.set(key, cache);
    if (this.texts.size > kept) this.texts.delete(this.texts.keys().next().value!);
    cache.catch(() => this.texts.delete(key));
    return cache;
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
}
