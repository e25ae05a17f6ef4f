import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import type { RewriteRequest } from "../../src/shared/engineProtocol";
import {
  calibratedGeneration,
  calibratedSteering,
  type SteeringRequest,
} from "../../src/shared/steeringRequest";

/** The shipped pack as the model suite uses it; no test depends on its numbers. */
export const packFolder = join(__dirname, "../../models/smollm2-135m-rewriter");
export const root = join(__dirname, "../..");

/**
 * For the runtime: on a machine that has more to do than cores, one thread, since each operation
 * would wait for the thread that is not running; else its own choice.
 */
export const threads = loadavg()[0]! > cpus().length ? 1 : 0;

export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "tonesteer-model-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A calibrated request; everything may be set otherwise. */
export function rewriteRequest(
  text: string,
  weights: Record<string, number>,
  {
    steering,
    ...more
  }: Partial<Omit<RewriteRequest, "steering">> & { steering?: Partial<SteeringRequest> } = {},
): RewriteRequest {
  return {
    text,
    format: "plain",
    steering: { ...calibratedSteering(weights), ...steering },
    generation: calibratedGeneration(),
    fidelity: "strict",
    alternatives: 0,
    anyLanguage: false,
    whenBusy: "wait",
    ...more,
  };
}

export interface Source {
  readonly id: string;
  readonly text: string;
}

export function readSources(): Source[] {
  return JSON.parse(readFileSync(join(root, "test/fixtures/sources.json"), "utf8")) as Source[];
}

export interface CorpusRow {
  readonly source: string;
  readonly rewrites: Readonly<Record<string, string>>;
}

/** Held-out rows of the tone corpus: a source and people's rewrites of it. */
export function readValidation(): CorpusRow[] {
  return readFileSync(join(root, "corpus/validation.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as CorpusRow);
}
