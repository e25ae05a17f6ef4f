import type { PackPrompt } from "../shared/pack";
import { buildPrompt } from "../writing/prompt";
import type { Tokenizer } from "./tokenizer";

/**
 * Token ids of the parts of a prompt: head + text + tail. The pack's own parts may hold special
 * tokens; a person's text never makes any, whatever is written in it.
 */
export class PromptEncoder {
  readonly head: readonly number[];
  readonly stopIds: ReadonlySet<number>;

  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly pack: PackPrompt,
  ) {
    this.head = tokenizer.encodeTemplate(buildPrompt(pack, "").head);
    this.stopIds = new Set(pack.stop.flatMap((stop) => tokenizer.encodeTemplate(stop)));
  }

  text(text: string): number[] {
    return this.tokenizer.encode(text.trim());
  }

  /** What follows the text; with the instruction of a tone, if one is to be named. */
  tail(toneInstruction?: string): number[] {
    return this.tokenizer.encodeTemplate(buildPrompt(this.pack, "", toneInstruction).tail);
  }
}
