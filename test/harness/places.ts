import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** The repository's folder; tests are always started from it. */
export const repository = process.cwd();

/** Where `node scripts/editor.mjs` puts the editor; git ignores it. */
export const editorHome = path.join(repository, ".editor");

/** Screenshots and logs for people to look at; git ignores it. */
export const artefacts = path.join(repository, "test", "artefacts");

/** A new folder under the system's temporary one, with the given files (path -> text). */
export function temporaryFolder(files: Record<string, string | Uint8Array> = {}): string {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "tonesteer-"));
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }
  return folder;
}
