import { TonesteerError } from "../shared/errors";
import type { KvCache } from "./kvCache";
import type { LanguageModel } from "./languageModel";
import { createSampler, type SamplingOptions } from "./sampling";

/** One row of a batch: its own tones, strength and way of drawing tokens. */
export interface GenerationRow {
  readonly weights: Float32Array; // [labels]
  readonly alpha: number;
  readonly sampling: SamplingOptions;
  readonly seed: number;
}

export interface GenerationOptions {
  readonly maxTokens: number;
  readonly stopIds: ReadonlySet<number>;
  readonly signal?: AbortSignal | undefined;
  /** Called for every token of the given row as it is drawn; stop tokens are not told. */
  readonly onToken?: ((row: number, id: number) => void) | undefined;
}

export interface GeneratedRow {
  readonly ids: number[];
  /** True if the model ended by itself, false if it was cut off at maxTokens. */
  readonly finished: boolean;
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new TonesteerError("cancelled", "Cancelled.");
}

/**
 * Decodes rows over one prefilled prompt. The prompt but for its last token was read once, unsteered
 * and with one row; that last token is the first steered step of every row, so the prompt is paid
 * once and never depends on the tones. Rows that have ended leave the batch.
 *
 * @param prompt cache of one row holding all prompt tokens but the last; left unchanged
 * @throws TonesteerError cancelled, within one decode step
 */
export async function generate(
  model: LanguageModel,
  prompt: KvCache,
  lastToken: number,
  rows: readonly GenerationRow[],
  options: GenerationOptions,
): Promise<GeneratedRow[]> {
  const { vocabulary, labels, context } = model.shape;
  const results = rows.map(() => ({ ids: [] as number[], finished: false }));
  const samplers = rows.map((row) => createSampler(row.sampling, row.seed));
  const limit = Math.min(options.maxTokens, context - prompt.length - 1);
  let live = rows.map((_, i) => i);
  let cache = prompt.select(
    live.map(() => 0),
    Math.max(limit, 1),
  );
  let tokens = live.map(() => lastToken);
  let steering = rowSteering(live, rows, labels);

  for (let written = 0; written < limit && live.length > 0; written++) {
    throwIfCancelled(options.signal);
    const logits = await model.step(cache, tokens, steering);
    const next: number[] = [];
    const staying: number[] = [];
    live.forEach((row, at) => {
      const result = results[row]!;
      const scores = logits.subarray(at * vocabulary, (at + 1) * vocabulary);
      const id = samplers[row]!.next(scores, result.ids);
      if (options.stopIds.has(id)) {
        result.finished = true;
        return;
      }
      result.ids.push(id);
      options.onToken?.(row, id);
      next.push(id);
      staying.push(at);
    });
    if (staying.length < live.length && staying.length > 0) {
      cache = cache.select(staying, limit - written);
      live = staying.map((at) => live[at]!);
      steering = rowSteering(live, rows, labels);
    } else if (staying.length === 0) {
      live = [];
    }
    tokens = next;
  }
  return results;
}

function rowSteering(live: readonly number[], rows: readonly GenerationRow[], labels: number) {
  const weights = new Float32Array(live.length * labels);
  const alpha = new Float32Array(live.length);
  live.forEach((row, at) => {
    weights.set(rows[row]!.weights, at * labels);
    alpha[at] = rows[row]!.alpha;
  });
  return { weights, alpha };
}
