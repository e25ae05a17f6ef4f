import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { Engine } from "../src/engine/engine";
import { toErrorShape, TonesteerError } from "../src/shared/errors";
import { HelpWanted, usage, type Arguments, type Option } from "./usage";

/** What every command does: find the model and the text, and leave with the right code. */

export const exitCodes = { done: 0, failed: 1, badUsage: 2, unchanged: 3 } as const;

export const modelOptions: Readonly<Record<string, Option>> = {
  model: {
    type: "string",
    value: "DIR",
    help: "Folder of a model pack. Default: the shipped one.",
  },
  cache: { type: "string", value: "DIR", help: "Folder for patched graphs. Default: the user's." },
  threads: {
    type: "string",
    value: "N",
    help: "Threads of the model runtime. Default: its choice.",
  },
};

/** The project's folder: bundles lie in dist/cli. */
const root = resolve(__dirname, "..", "..");
export const shippedModel = join(root, "models", "smollm2-135m-rewriter");

export async function openEngine(given: Arguments): Promise<Engine> {
  const threads = given.number("threads") ?? 0;
  if (!Number.isInteger(threads) || threads < 0) throw usage("--threads must be 0 or more.");
  return Engine.open(
    {
      packFolder: resolve(given.text("model") ?? shippedModel),
      cacheFolder: resolve(given.text("cache") ?? userCache()),
      threads,
    },
    { onProblem: (message) => process.stderr.write(`${message}\n`) },
  );
}

export function userCache(): string {
  const home = homedir();
  if (process.platform === "win32") {
    return join(process.env["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "tonesteer");
  }
  if (process.platform === "darwin") return join(home, "Library", "Caches", "tonesteer");
  return join(process.env["XDG_CACHE_HOME"] || join(home, ".cache"), "tonesteer");
}

/** The text of the one file named, or of standard input for none and "-". */
export async function readText(operands: readonly string[]): Promise<string> {
  const [path = "-", ...more] = operands;
  if (more.length > 0) throw usage(`Name one file, not ${operands.length}.`);
  let bytes: Uint8Array;
  try {
    bytes = path === "-" ? await readAll() : await readFile(path);
  } catch (error) {
    throw new TonesteerError(
      "diskFailed",
      `${path} cannot be read (${(error as Error).message}). Check the name and permissions.`,
    );
  }
  try {
    // A byte order mark is part of the file and has to come out again.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TonesteerError(
      "badRequest",
      `${path === "-" ? "The text" : path} is not valid UTF-8. Convert it to UTF-8 first.`,
    );
  }
}

async function readAll(): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Runs a command and leaves with its code; an error is one sentence on standard error. */
export async function runProgram(main: () => Promise<number>): Promise<void> {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // `| head` closes the pipe early; that is no error.
    if (error.code === "EPIPE") process.exit(exitCodes.done);
    process.stderr.write(`The result could not be written (${error.message}). Free some space.\n`);
    process.exit(exitCodes.failed);
  });
  try {
    process.exitCode = await main();
  } catch (error) {
    if (error instanceof HelpWanted) {
      process.stdout.write(`${error.message}\n`);
      return;
    }
    const { reason, message } = toErrorShape(error);
    process.stderr.write(`${message}\n`);
    process.exitCode = reason === "badRequest" ? exitCodes.badUsage : exitCodes.failed;
  }
}

/** A tone's probability as a bar of `width` characters. */
export function bar(value: number, width = 20): string {
  const full = Math.round(Math.min(Math.max(value, 0), 1) * width);
  return "█".repeat(full) + "░".repeat(width - full);
}
