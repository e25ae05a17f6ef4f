import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect } from "vitest";
import { root, threads } from "./packForTests";

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs one of the command line's bundles as people do: a process with its own streams. */
export function runProgram(
  name: "rewrite" | "detect" | "inspect",
  args: readonly string[],
  input: string | Uint8Array = "",
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const bundle = join(root, "dist/cli", `${name}.js`);
    const own = name === "inspect" ? [] : [`--threads=${threads}`];
    const child = spawn(process.execPath, [bundle, ...own, ...args]);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => out.push(part));
    child.stderr.on("data", (part: Buffer) => err.push(part));
    child.once("error", reject);
    child.once("close", (code) =>
      resolve({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }),
    );
    child.stdin.on("error", () => {}); // it may have left without reading
    child.stdin.end(input);
  });
}

/** It failed with one clear sentence, and wrote nothing that could be taken for a result. */
export function expectRefused({ code, out, err }: Ended, wanted: number, says: RegExp): void {
  expect(err).toMatch(says);
  expect({ code, out }).toEqual({ code: wanted, out: "" });
  expect(err).toMatch(/^[A-Z"/-][^\n]{10,400}[.)]\n$/); // one line
  expect(err).not.toMatch(/Error:|\bat \S+:\d+|\[object/);
}
