import type { BigIntStats } from "node:fs";
import { lstat, open, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import type { OnnxModel } from "../graph/modelFile";
import { readModel, referencedFiles } from "../graph/modelFile";
import { TonesteerError } from "../shared/errors";
import type { PackFile } from "../shared/pack";
import { Pack, packFormat, usedSites } from "../shared/pack";
import { readSafetensors } from "../steering/safetensors";
import type { SiteHeads } from "../steering/siteHeads";
import { readSiteHeads } from "../steering/siteHeads";
import { fileSource } from "./fileSource";
import { openHashCache } from "./hashCache";

export interface OpenPackOptions {
  /** Where hashes are remembered between starts; without it every file is read at every start. */
  readonly cacheFolder?: string;
  /** `always` reads every file even if it is remembered. Default `cached`. */
  readonly verify?: "cached" | "always";
}

/** A pack whose files were all found whole. */
export interface OpenPack {
  /** Absolute, links resolved. */
  readonly folder: string;
  readonly pack: Pack;
  /** Absolute path of each listed file, by name. */
  readonly files: ReadonlyMap<string, string>;
  /** Absolute path of one listed file; throws `modelMissing` if the pack does not list it. */
  path(name: string): string;
  /** The steering weights, read once and on demand, in the order of `pack.tones`. */
  heads(): Promise<PackHeads>;
  /**
   * The graph of model.onnx, read anew each time. Every file that its weights lie in is a listed
   * one, so that no graph can make the runtime read anything else: throws `modelCorrupt`.
   */
  readGraph(): Promise<OnnxModel>;
}

export interface PackHeads {
  readonly labels: readonly string[];
  readonly sites: ReadonlyMap<number, SiteHeads>;
}

/** A pack.json is a few kilobytes; more is not one. */
const maximumPackJsonBytes = 4 << 20;

/**
 * Opens a model pack and checks it before anything uses it: pack.json is of a known format, and
 * every listed file is an ordinary file in the folder itself, with the size and SHA-256 it should
 * have. The folder may be a link; a file may not, so that nothing outside it is ever read.
 *
 * Throws `modelMissing` when the folder or a file is not there, `modelCorrupt` when one is not as
 * listed, `modelUnsupported` for another format, `diskFailed` when reading fails.
 */
export async function openPack(folder: string, options: OpenPackOptions = {}): Promise<OpenPack> {
  const root = await resolveFolder(folder);
  const pack = await readPackJson(root);
  const cache = await openHashCache(options.cacheFolder, options.verify);
  const files = new Map<string, string>();
  try {
    // Sizes of all files first: a truncated download is seen without reading 100 MB.
    const states = new Map<string, BigIntStats>();
    for (const [name, listed] of Object.entries(pack.files)) {
      states.set(name, await checkState(root, name, listed));
    }
    for (const [name, listed] of Object.entries(pack.files)) {
      const path = join(root, name);
      const sha256 = await reading(name, root, () => cache.hash(path, states.get(name)!));
      if (sha256 !== listed.sha256) throw corrupt(name, root, "its contents were altered");
      files.set(name, path);
    }
  } finally {
    await cache.save();
  }

  let heads: Promise<PackHeads> | undefined;
  return {
    folder: root,
    pack,
    files,
    path(name) {
      const path = files.get(name);
      if (path === undefined) throw missing(name, root);
      return path;
    },
    heads: () => (heads ??= readHeads(root, pack)),
    readGraph: () => readGraph(root, pack),
  };
}

async function resolveFolder(folder: string): Promise<string> {
  try {
    const root = await realpath(folder);
    if ((await stat(root)).isDirectory()) return root;
  } catch (error) {
    if (!isMissing(error)) throw unreadable("its folder", folder, error);
  }
  throw new TonesteerError(
    "modelMissing",
    `There is no model folder at ${folder}; install the model or correct the path.`,
  );
}

async function readPackJson(root: string): Promise<Pack> {
  const name = "pack.json";
  const state = await ordinaryFile(root, name);
  if (state.size > maximumPackJsonBytes) throw corrupt(name, root, "it is far too long");
  const bytes = await reading(name, root, () => readFile(join(root, name)));
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw corrupt(name, root, "it is not valid JSON");
  }
  const format = (json as { format?: unknown } | null)?.format;
  if (typeof format === "number" && format !== packFormat) {
    throw new TonesteerError(
      "modelUnsupported",
      `The model in ${root} has format ${format}, but this version reads format ${packFormat}; ` +
        (format > packFormat ? "update Tonesteer." : "install a newer model."),
    );
  }
  const parsed = v.safeParse(Pack, json, { abortEarly: true, abortPipeEarly: true });
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  const where = v.getDotPath(issue);
  throw corrupt(name, root, `${where ? `at ${where}: ` : ""}${issue.message}`);
}

async function checkState(root: string, name: string, listed: PackFile): Promise<BigIntStats> {
  const state = await ordinaryFile(root, name);
  if (state.size !== BigInt(listed.bytes)) {
    throw corrupt(name, root, `it has ${state.size} bytes instead of ${listed.bytes}`);
  }
  return state;
}

/** lstat, so that a link is seen as a link and never followed. */
async function ordinaryFile(root: string, name: string): Promise<BigIntStats> {
  const state = await reading(name, root, () => lstat(join(root, name), { bigint: true }));
  if (state.isSymbolicLink() || (state.isFile() && state.nlink > 1n)) {
    throw corrupt(name, root, "it is a link, not a file of its own");
  }
  if (!state.isFile()) throw corrupt(name, root, "it is not an ordinary file");
  return state;
}

async function readHeads(root: string, pack: Pack): Promise<PackHeads> {
  const name = "tones.safetensors";
  const bytes = await reading(name, root, () => readFile(join(root, name)));
  const { labels, sites } = readSiteHeads(readSafetensors(bytes));
  const tones = pack.tones.map((tone) => tone.id);
  if (labels.length !== tones.length || labels.some((label, i) => label !== tones[i])) {
    throw corrupt(name, root, "its labels are not the tones of pack.json");
  }
  for (const [site, { d }] of sites) {
    if (d !== pack.architecture.hidden) {
      throw corrupt(name, root, `site ${site} has ${d} numbers, not ${pack.architecture.hidden}`);
    }
  }
  const lacking = usedSites(pack.steering).find((site) => !sites.has(site));
  if (lacking !== undefined) throw corrupt(name, root, `it lacks site ${lacking}`);
  return { labels, sites };
}

async function readGraph(root: string, pack: Pack): Promise<OnnxModel> {
  const name = "model.onnx";
  const file = await reading(name, root, () => open(join(root, name)));
  try {
    const model = await reading(name, root, async () => readModel(await fileSource(file), name));
    const stranger = referencedFiles(model).find((other) => !Object.hasOwn(pack.files, other));
    if (stranger === undefined) return model;
    throw corrupt(name, root, `its weights lie in "${stranger}", which pack.json does not list`);
  } finally {
    await file.close();
  }
}

async function reading<T>(name: string, root: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (TonesteerError.is(error)) throw error;
    throw isMissing(error) ? missing(name, root) : unreadable(`"${name}"`, root, error);
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "ENOENT" || code === "ENOTDIR";
}

function missing(name: string, root: string): TonesteerError {
  return new TonesteerError(
    "modelMissing",
    `The model in ${root} has no file "${name}"; install the model again.`,
  );
}

function corrupt(name: string, root: string, what: string): TonesteerError {
  return new TonesteerError(
    "modelCorrupt",
    `The model's file "${name}" in ${root} cannot be used: ${what}; install the model again.`,
  );
}

function unreadable(what: string, root: string, error: unknown): TonesteerError {
  const reason = error instanceof Error ? error.message : String(error);
  return new TonesteerError(
    "diskFailed",
    `The model in ${root} cannot be read at ${what} (${reason}); check the folder's permissions.`,
    { cause: error },
  );
}
