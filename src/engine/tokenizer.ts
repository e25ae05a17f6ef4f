import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import * as v from "valibot";
import { TonesteerError } from "../shared/errors";

/** Text to token ids and back, for the tokenizer in a model's folder. */
export interface Tokenizer {
  /**
   * Ids of a user's text. Control tokens never come of it: a text that contains `<|im_end|>` is
   * encoded as those ten plain characters. What the vocabulary has no token for is left out.
   */
  encode(text: string): number[];
  /** Ids of a text of the pack's own, in which control tokens are meant as such. */
  encodeTemplate(text: string): number[];
  /** The text of ids; control tokens are left out, ids unknown to the vocabulary too. */
  decode(ids: readonly number[]): string;
  /** Ids of the control tokens. */
  readonly specialIds: ReadonlySet<number>;
  /** The id of one token by its name, such as a pack's stop token. */
  tokenId(token: string): number | undefined;
}

const AddedToken = v.looseObject({
  id: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  content: v.pipe(v.string(), v.minLength(1)),
  special: v.boolean(),
  lstrip: v.optional(v.boolean(), false),
  rstrip: v.optional(v.boolean(), false),
});
type AddedToken = v.InferOutput<typeof AddedToken>;

const TokenizerJson = v.looseObject({
  added_tokens: v.optional(v.array(AddedToken), []),
  model: v.looseObject({ vocab: v.unknown() }),
});

/**
 * Loads tokenizer.json and tokenizer_config.json of a folder; nothing else is read, nothing is
 * written, nothing is fetched. This is the tokenizer of @huggingface/transformers by the package
 * that transformers itself takes it from: ready in half the time and without the native libraries.
 *
 * Throws `modelMissing` or `modelCorrupt` for a file, `modelUnsupported` for a kind of tokenizer
 * that the library does not know.
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const config = parseFile(
    "tokenizer_config.json",
    v.looseObject({}),
    await read(folder, "tokenizer_config.json"),
  );
  const json = parseFile("tokenizer.json", TokenizerJson, await read(folder, "tokenizer.json"));
  const special = json.added_tokens.filter((token) => token.special);
  let library: HuggingFaceTokenizer;
  try {
    // The library does not learn of control tokens, so it cannot find them in a text.
    library = new HuggingFaceTokenizer(
      { ...json, added_tokens: json.added_tokens.filter((token) => !token.special) },
      config,
    );
  } catch (error) {
    throw new TonesteerError(
      "modelUnsupported",
      `The tokenizer in ${folder} cannot be used (${messageOf(error)}); choose another model.`,
      { cause: error },
    );
  }
  return createTokenizer(library, special);
}

function createTokenizer(library: HuggingFaceTokenizer, special: readonly AddedToken[]): Tokenizer {
  const specialIds: ReadonlySet<number> = new Set(special.map((token) => token.id));
  const specialByName = new Map(special.map((token) => [token.content, token]));
  const splitter = splitterOf(special);

  function encodePlain(text: string): number[] {
    return text === "" ? [] : library.encode(text, { add_special_tokens: false }).ids;
  }

  function encode(text: string): number[] {
    const ids = encodePlain(text);
    if (!ids.some((id) => specialIds.has(id))) return ids;
    // The token for the unknown is a control token in many vocabularies: left out below. And a
    // vocabulary may hold the names of control tokens as ordinary entries: broken after its first
    // character a name cannot be found whole.
    const pieces = text.split(splitter).flatMap((part) => {
      if (!specialByName.has(part)) return [part];
      const [first = ""] = part;
      return [first, part.slice(first.length)];
    });
    return pieces.flatMap(encodePlain).filter((id) => !specialIds.has(id));
  }

  return {
    specialIds,
    encode,
    encodeTemplate(text) {
      const parts = text.split(splitter);
      return parts.flatMap((part, i) => {
        const token = specialByName.get(part);
        if (token) return [token.id];
        // A control token may swallow the white space beside it.
        if (specialByName.get(parts[i - 1] ?? "")?.rstrip) part = part.trimStart();
        if (specialByName.get(parts[i + 1] ?? "")?.lstrip) part = part.trimEnd();
        return encodePlain(part);
      });
    },
    decode(ids) {
      const plain = ids.filter(
        (id) => !specialIds.has(id) && library.id_to_token(id) !== undefined,
      );
      if (plain.length === 0) return "";
      // The clean-up would take away spaces before punctuation that the text does have.
      return library.decode(plain, { clean_up_tokenization_spaces: false });
    },
    tokenId: (token) => specialByName.get(token)?.id ?? library.token_to_id(token),
  };
}

/** Splits a text at the names of control tokens and keeps them; the longest name wins. */
function splitterOf(special: readonly AddedToken[]): RegExp {
  if (special.length === 0) return /(?!)/;
  const names = special.map((token) => token.content).sort((a, b) => b.length - a.length);
  return new RegExp(
    `(${names.map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|")})`,
  );
}

async function read(folder: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new TonesteerError(
      missing ? "modelMissing" : "diskFailed",
      missing
        ? `The model in ${folder} has no file "${name}"; install the model again.`
        : `"${name}" in ${folder} cannot be read (${messageOf(error)}); check its permissions.`,
      { cause: error },
    );
  }
}

function parseFile<S extends v.GenericSchema>(
  name: string,
  schema: S,
  text: string,
): v.InferOutput<S> {
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (error) {
    throw new TonesteerError(
      "modelCorrupt",
      `The model's file "${name}" is damaged (${messageOf(error)}); install the model again.`,
      { cause: error },
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
