import { KvCache, type CacheShape } from "./kvCache";
import { floats, floatTensor, integerTensor, type Feeds, type GraphSession } from "./session";

/** How the rows of one run are steered. */
export interface RowSteering {
  readonly weights: Float32Array; // [rows, labels]
  readonly alpha: Float32Array; // [rows]
}

export interface ModelShape {
  readonly cache: CacheShape;
  readonly hasPositionIds: boolean;
  readonly vocabulary: number;
  readonly hidden: number;
  /** Number of tones the steering knows. */
  readonly labels: number;
  readonly context: number;
}

/** One text to be read: what was there, and the tokens whose likelihood or tone is wanted. */
export interface Reading {
  readonly prompt: readonly number[];
  readonly continuation: readonly number[];
}

/**
 * The patched decoder: prefill, decode step, and reading of given texts. All runs go through one
 * session, whose graph takes the steering of each row and picks which positions reach the
 * vocabulary projection.
 */
export class LanguageModel {
  constructor(
    private readonly session: GraphSession,
    readonly shape: ModelShape,
  ) {}

  /** Reads a prompt, unsteered, into a new cache of one row. */
  async prefill(ids: readonly number[]): Promise<KvCache> {
    const cache = new KvCache(this.shape.cache, 1);
    if (ids.length > 0) await this.extend(cache, ids, this.unsteered(), ["present.new"]);
    return cache;
  }

  /**
   * One token a row.
   * @param tokens [rows]
   * @returns logits [rows, vocabulary], valid until the next run
   */
  async step(
    cache: KvCache,
    tokens: readonly number[],
    steering: RowSteering,
  ): Promise<Float32Array> {
    const result = await this.extend(cache, tokens, steering, ["logits", "present.new"]);
    return floats(result["logits"], "logits");
  }

  /**
   * The mean log-probability a token of each continuation after its prompt, unsteered.
   * Rows are padded on the right; one run for all.
   */
  async meanLogProbabilities(readings: readonly Reading[]): Promise<number[]> {
    const wanted = Math.max(...readings.map((r) => r.continuation.length));
    const positions: number[] = [];
    const targets: number[] = [];
    for (const { prompt, continuation } of readings) {
      for (let i = 0; i < wanted; i++) {
        // The token at position p is predicted at p - 1; padding repeats the last one.
        const at = Math.min(i, continuation.length - 1);
        positions.push(prompt.length - 1 + at);
        targets.push(continuation[at]!);
      }
    }
    const dims = [readings.length, wanted];
    const { feeds } = this.paddedFeeds(readings, {
      "select.positions": integerTensor(positions, dims),
      "select.targets": integerTensor(targets, dims),
    });
    const result = await this.session.run(feeds, ["target.logProbabilities"]);
    const values = floats(result["target.logProbabilities"], "target.logProbabilities");
    return readings.map(({ continuation }, row) => {
      let sum = 0;
      for (let i = 0; i < continuation.length; i++) sum += values[row * wanted + i]!;
      return sum / continuation.length;
    });
  }

  /**
   * The residuals at the tapped site where each continuation token is predicted, unsteered.
   * @returns for each reading [continuation, hidden], row-major
   */
  async residuals(readings: readonly Reading[]): Promise<Float32Array[]> {
    const zeros = new Array<number>(readings.length).fill(0);
    const { feeds, length } = this.paddedFeeds(readings, {
      "select.positions": integerTensor(zeros, [readings.length, 1]),
      "select.targets": integerTensor(zeros, [readings.length, 1]),
    });
    const result = await this.session.run(feeds, ["tap"]);
    const tap = floats(result["tap"], "tap"); // [rows, length, hidden]
    const { hidden } = this.shape;
    return readings.map(({ prompt, continuation }, row) => {
      const from = (row * length + prompt.length - 1) * hidden;
      return tap.slice(from, from + continuation.length * hidden);
    });
  }

  dispose(): Promise<void> {
    return this.session.dispose();
  }

  private unsteered(rows = 1): RowSteering {
    return {
      weights: new Float32Array(rows * this.shape.labels),
      alpha: new Float32Array(rows),
    };
  }

  /** Runs the given tokens (rows * equal parts) after what the cache holds, and adds them to it. */
  private async extend(
    cache: KvCache,
    ids: readonly number[],
    steering: RowSteering,
    outputs: readonly string[],
  ) {
    const { rows } = cache;
    const length = ids.length / rows;
    const lastOnes = new Array<number>(rows).fill(length - 1);
    const total = cache.length + length;
    const feeds: Feeds = {
      ...cache.feeds,
      input_ids: integerTensor(ids, [rows, length]),
      attention_mask: integerTensor(new Array<number>(rows * total).fill(1), [rows, total]),
      ...this.steeringFeeds(steering, rows),
      "select.positions": integerTensor(lastOnes, [rows, 1]),
      "select.targets": integerTensor(new Array<number>(rows).fill(0), [rows, 1]),
    };
    if (this.shape.hasPositionIds) {
      const positions = Array.from(
        { length: rows * length },
        (_, i) => cache.length + (i % length),
      );
      feeds["position_ids"] = integerTensor(positions, [rows, length]);
    }
    const result = await this.session.run(feeds, outputs);
    cache.append(floats(result["present.new"], "present.new"), length);
    return result;
  }

  private steeringFeeds({ weights, alpha }: RowSteering, rows: number): Feeds {
    return {
      "steer.weights": floatTensor(weights, [rows, this.shape.labels]),
      "steer.alpha": floatTensor(alpha, [rows, 1, 1]),
    };
  }

  private paddedFeeds(
    readings: readonly Reading[],
    extra: Feeds,
  ): { feeds: Feeds; length: number } {
    const rows = readings.length;
    const length = Math.max(...readings.map((r) => r.prompt.length + r.continuation.length));
    const ids = new Array<number>(rows * length).fill(0);
    const mask = new Array<number>(rows * length).fill(0);
    readings.forEach(({ prompt, continuation }, row) => {
      [...prompt, ...continuation].forEach((id, i) => {
        ids[row * length + i] = id;
        mask[row * length + i] = 1;
      });
    });
    const feeds: Feeds = {
      ...new KvCache(this.shape.cache, rows).feeds,
      input_ids: integerTensor(ids, [rows, length]),
      attention_mask: integerTensor(mask, [rows, length]),
      ...this.steeringFeeds(this.unsteered(), 1),
      ...extra,
    };
    if (this.shape.hasPositionIds) {
      const positions = Array.from({ length: rows * length }, (_, i) => i % length);
      feeds["position_ids"] = integerTensor(positions, [rows, length]);
    }
    return { feeds, length };
  }
}
