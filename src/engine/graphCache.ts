import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Patched graphs between starts. A graph is named by a hash of all it was made from, is followed by
 * the hash of its own bytes, and is put in place by renaming; so several engines may share a folder
 * and a half-written or damaged file is never used. The cache is a help, not a need: when the folder
 * is full or read-only the graph is simply made again.
 */

const hashBytes = 32;
/** Graphs kept, newest first; each is a few megabytes. */
const kept = 16;

export function graphKey(parts: unknown): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

export async function cachedGraph(
  folder: string,
  key: string,
  make: () => Promise<Uint8Array>,
  onProblem: (message: string) => void,
): Promise<Uint8Array> {
  const path = join(folder, `${key}.graph`);
  const found = await read(path);
  if (found) return found;
  const graph = await make();
  try {
    await mkdir(folder, { recursive: true });
    const temporary = `${path}.${process.pid}.${Date.now()}.tmp`;
    try {
      await writeFile(temporary, Buffer.concat([graph, digest(graph)]));
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
    await evict(folder);
  } catch (error) {
    onProblem(
      `The patched model could not be kept in ${folder} (${(error as Error).message}); ` +
        "it works, but is made anew at each start. Free some space or correct the permissions.",
    );
  }
  return graph;
}

async function read(path: string): Promise<Uint8Array | undefined> {
  try {
    const bytes = await readFile(path);
    const graph = bytes.subarray(0, -hashBytes);
    if (bytes.length <= hashBytes || !digest(graph).equals(bytes.subarray(-hashBytes))) {
      return undefined;
    }
    const now = new Date();
    await utimes(path, now, now).catch(() => {}); // for evict; a read-only folder may refuse
    return graph;
  } catch {
    return undefined;
  }
}

async function evict(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".graph"));
  if (names.length <= kept) return;
  const aged = await Promise.all(
    names.map(async (name) => ({ name, used: (await stat(join(folder, name))).mtimeMs })),
  );
  aged.sort((a, b) => b.used - a.used);
  await Promise.all(aged.slice(kept).map(({ name }) => rm(join(folder, name), { force: true })));
}

function digest(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
