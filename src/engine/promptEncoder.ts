import type { PackPrompt } from "../shared/pack";
import { buildPrompt } from "../writing/prompt";
import type { Tokenizer } from "./tokenizer";

/**
 * Token ids of prompts. The pack's own parts may hold special tokens; a person's text never makes
 * any, whatever is written in it.
 */
export class PromptEncoder {
  readonly stopIds: ReadonlySet<number>;

  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly pack: PackPrompt,
  ) {
    this.stopIds = new Set(pack.stop.flatMap((stop) => tokenizer.encodeTemplate(stop)));
  }

  /** prefix + text + (instruction) + suffix; of a longer text, only the first `longest` tokens */
  prompt(text: string, toneInstruction?: string, longest = Infinity): number[] {
    const { head, text: body, tail } = buildPrompt(this.pack, text, toneInstruction);
    return [
      ...this.tokenizer.encodeTemplate(head),
      ...this.tokenizer.encode(body).slice(0, longest),
      ...this.tokenizer.encodeTemplate(tail),
    ];
  }

  text(text: string): number[] {
    return this.tokenizer.encode(text.trim());
  }
}
