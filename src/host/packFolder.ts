import { readFile } from "node:fs/promises";
import * as path from "node:path";
import * as v from "valibot";
import { TonesteerError } from "../shared/errors";

export const shippedPack = "smollm2-135m-rewriter";

/** The part of pack.json that can be shown before the engine has checked and opened the pack. */
const PackHeader = v.object({
  format: v.literal(1),
  name: v.string(),
  title: v.string(),
  languages: v.array(v.string()),
  tones: v.array(v.object({ id: v.string(), title: v.string(), description: v.string() })),
});
export type PackHeader = v.InferOutput<typeof PackHeader>;
export type PackTone = PackHeader["tones"][number];

/** The folder that the setting names, or that of the shipped pack. */
export function packFolder(setting: string, extensionFolder: string): string {
  return setting === "" ? path.join(extensionFolder, "models", shippedPack) : path.resolve(setting);
}

/** Throws `modelMissing` or `modelCorrupt`. The files themselves are checked by the engine. */
export async function readPackHeader(folder: string): Promise<PackHeader> {
  const file = path.join(folder, "pack.json");
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new TonesteerError(
      "modelMissing",
      `There is no model pack in ${folder} (no readable pack.json). Choose another model.`,
      { cause: error },
    );
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), PackHeader), text);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw new TonesteerError(
    "modelCorrupt",
    `${file} is not a model pack (${v.getDotPath(issue) ?? "content"}: ${issue.message}). Choose another model.`,
  );
}
