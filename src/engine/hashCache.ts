import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";

/**
 * The SHA-256 of files, remembered between starts. A remembered hash holds while path, size,
 * modification and change time and inode are the same; any change of a file changes one of them.
 * The memory only saves time: without it, or with a spoiled one, files are read again.
 */
export interface HashCache {
  /** The hash of a file whose state (lstat, bigint) was just taken, as 64 hexadecimal digits. */
  hash(path: string, state: BigIntStats): Promise<string>;
  /** Writes what is new. A folder that cannot be written to is no error: the next start hashes again. */
  save(): Promise<void>;
}

const Memory = v.object({
  format: v.literal(1),
  files: v.record(v.string(), v.object({ state: v.string(), sha256: v.string() })),
});

type Remembered = v.InferOutput<typeof Memory>["files"][string];

const fileName = "verified-files.json";

/** More than any user has packs; older entries are dropped first. */
const maximumEntries = 256;

/** @param folder where the memory lies; undefined or `always`: hash every time, remember nothing */
export async function openHashCache(
  folder: string | undefined,
  verify: "cached" | "always" = "cached",
): Promise<HashCache> {
  const path = folder !== undefined && verify === "cached" ? join(folder, fileName) : undefined;
  const files = path === undefined ? new Map<string, Remembered>() : await load(path);
  let changed = false;

  return {
    async hash(file, state) {
      const key = `${state.size} ${state.mtimeNs} ${state.ctimeNs} ${state.ino} ${state.dev}`;
      const known = files.get(file);
      if (known?.state === key) return known.sha256;
      const sha256 = await hashFile(file);
      files.delete(file);
      files.set(file, { state: key, sha256 });
      changed = true;
      return sha256;
    },
    async save() {
      if (path === undefined || !changed) return;
      const recent = [...files].slice(-maximumEntries);
      const text = JSON.stringify({ format: 1, files: Object.fromEntries(recent) });
      // Written aside and renamed, so that another engine never reads half of it.
      const aside = `${path}.${process.pid}`;
      try {
        await mkdir(folder!, { recursive: true });
        await writeFile(aside, text);
        await rename(aside, path);
      } catch {
        await rm(aside, { force: true }).catch(() => {});
      }
    },
  };
}

async function load(path: string): Promise<Map<string, Remembered>> {
  try {
    const memory = v.parse(Memory, JSON.parse(await readFile(path, "utf8")));
    return new Map(Object.entries(memory.files));
  } catch {
    return new Map();
  }
}

/** Streams a file through SHA-256. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}
