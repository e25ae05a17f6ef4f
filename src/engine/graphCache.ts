import { createHash, randomUUID } from "node:crypto";
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
/** What an engine that was ended while writing left behind; no write takes this long. */
const staleMilliseconds = 3_600_000;

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
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      await writeFile(temporary, Buffer.concat([graph, digest(graph)]));
      await rename(temporary, path);
    } finally {
      await remove(temporary);
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

/** Another engine may be doing the same, so that a file may be gone at any moment. */
async function evict(folder: string): Promise<void> {
  const graphs: { path: string; used: number }[] = [];
  for (const name of await readdir(folder)) {
    const isGraph = name.endsWith(".graph");
    if (!isGraph && !/\.graph\..*\.tmp$/.test(name)) continue;
    const path = join(folder, name);
    const used = (await stat(path).catch(() => undefined))?.mtimeMs;
    if (used === undefined) continue;
    if (isGraph) graphs.push({ path, used });
    else if (Date.now() - used > staleMilliseconds) await remove(path);
  }
  graphs.sort((a, b) => b.used - a.used);
  for (const { path } of graphs.slice(kept)) await remove(path);
}

/** A file that cannot be removed (open elsewhere, on Windows) is removed another time. */
async function remove(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => {});
}

function digest(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
