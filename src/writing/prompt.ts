// prompt = prefix + text + (instructionSeparator + the tone's instruction, if one is named) + suffix

/** The part of a model pack that says how its model is asked. */
export interface PackPrompt {
  readonly prefix: string;
  readonly suffix: string;
  readonly instructionSeparator: string;
  readonly instructions: Readonly<Record<string, string>>;
}

/**
 * A prompt in three parts. Only `head` and `tail` may hold the model's special tokens: `text` is the
 * user's and is to be tokenised with special tokens disabled, so that a text about `<|im_end|>`
 * cannot end its own prompt. The text carries no white space at its ends, where it would merge with
 * the tokens of its neighbours.
 */
export interface Prompt {
  readonly head: string;
  readonly text: string;
  readonly tail: string;
}

/** @param toneInstruction the tone to name; a tone without an instruction in the pack is not named */
export function buildPrompt(pack: PackPrompt, text: string, toneInstruction?: string): Prompt {
  const instruction =
    toneInstruction !== undefined && Object.hasOwn(pack.instructions, toneInstruction)
      ? pack.instructionSeparator + pack.instructions[toneInstruction]
      : "";
  return { head: pack.prefix, text: text.trim(), tail: instruction + pack.suffix };
}

/** The candidate as the text, no tone named, and the source as what the model is to find likely. */
export interface RoundTripPrompt extends Prompt {
  readonly continuation: string;
}

export function buildRoundTripPrompt(
  pack: PackPrompt,
  source: string,
  candidate: string,
): RoundTripPrompt {
  return { ...buildPrompt(pack, candidate), continuation: source.trim() };
}
