import { decoderNames } from "../graph/decoderOutputs";
import { steeringInputs, tapOutput } from "../graph/plan";
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
  /** Number of tones the steering knows; 0 for a graph that is not steered. */
  readonly labels: number;
  readonly context: number;
}

/** What is read after a cache: what comes first, and the tokens that are asked about. */
export interface Reading {
  readonly prompt: readonly number[]; // at least one token
  readonly continuation: readonly number[]; // at least one token
}

/**
 * The patched decoder: reading on, decode step, and what it says of given texts. All runs go through one
 * session, whose graph takes the steering of each row and picks which positions reach the
 * vocabulary projection.
 */
export class LanguageModel {
  constructor(
    private readonly session: GraphSession,
    readonly shape: ModelShape,
  ) {}

  /** Reads on after a cache of one row, unsteered, into a new cache; the given one stays as it is. */
  async read(after: KvCache | undefined, ids: readonly number[]): Promise<KvCache> {
    const cache = after?.select([0], ids.length) ?? new KvCache(this.shape.cache, 1);
    if (ids.length > 0) await this.extend(cache, ids, this.unsteered(), [decoderNames.fresh]);
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
    const result = await this.extend(cache, tokens, steering, ["logits", decoderNames.fresh]);
    return floats(result["logits"], "logits");
  }

  /**
   * The mean log-probability a token of the continuation, unsteered.
   * @param after cache of one row; left unchanged
   */
  async meanLogProbability(after: KvCache, reading: Reading): Promise<number> {
    const { prompt, continuation } = reading;
    // The token at position p is predicted at p - 1.
    const positions = continuation.map((_, i) => prompt.length - 1 + i);
    const logits = await this.give("logits", after, reading, positions);
    const { vocabulary } = this.shape;
    let sum = 0;
    continuation.forEach((id, i) => {
      sum += logProbability(logits.subarray(i * vocabulary, (i + 1) * vocabulary), id);
    });
    return sum / continuation.length;
  }

  /**
   * The residuals at the tapped site where each continuation token is predicted, unsteered.
   * @param after cache of one row; left unchanged
   * @returns [continuation, hidden], row-major
   */
  async residuals(after: KvCache, reading: Reading): Promise<Float32Array> {
    const tap = await this.give(tapOutput, after, reading, [0]); // [1, length, hidden]
    const from = (reading.prompt.length - 1) * this.shape.hidden;
    return tap.slice(from, from + reading.continuation.length * this.shape.hidden);
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
    const feeds: Feeds = {
      ...this.tokenFeeds(cache, ids, length),
      ...this.steeringFeeds(steering, rows),
      [decoderNames.positions]: integerTensor(lastOnes, [rows, 1]),
    };
    const result = await this.session.run(feeds, outputs);
    cache.append(floats(result[decoderNames.fresh], decoderNames.fresh), length);
    return result;
  }

  private steeringFeeds({ weights, alpha }: RowSteering, rows: number): Feeds {
    if (this.shape.labels === 0) return {};
    return {
      [steeringInputs.weights]: floatTensor(weights, [rows, this.shape.labels]),
      [steeringInputs.alpha]: floatTensor(alpha, [rows, 1, 1]),
    };
  }

  /** One output of reading on, unsteered. One row: GroupQueryAttention takes no more after a past. */
  private async give(
    output: string,
    after: KvCache,
    { prompt, continuation }: Reading,
    positions: readonly number[],
  ): Promise<Float32Array> {
    const ids = [...prompt, ...continuation];
    const dims = [1, positions.length];
    const result = await this.session.run(
      {
        ...this.tokenFeeds(after, ids, ids.length),
        ...this.steeringFeeds(this.unsteered(), 1),
        [decoderNames.positions]: integerTensor(positions, dims),
      },
      [output],
    );
    return floats(result[output], output);
  }

  /** @param ids [rows, length], what comes after the cache */
  private tokenFeeds(cache: KvCache, ids: readonly number[], length: number): Feeds {
    const { rows } = cache;
    const total = cache.length + length;
    const feeds: Feeds = {
      ...cache.feeds,
      input_ids: integerTensor(ids, [rows, length]),
      attention_mask: integerTensor(new Array<number>(rows * total).fill(1), [rows, total]),
    };
    if (this.shape.hasPositionIds) {
      const positions = ids.map((_, i) => cache.length + (i % length));
      feeds["position_ids"] = integerTensor(positions, [rows, length]);
    }
    return feeds;
  }
}

/** log softmax(logits)[id], in double precision; the maximum goes first so that nothing overflows. */
function logProbability(logits: Float32Array, id: number): number {
  let maximum = -Infinity;
  for (const value of logits) if (value > maximum) maximum = value;
  let sum = 0;
  for (const value of logits) sum += Math.exp(value - maximum);
  return logits[id]! - maximum - Math.log(sum);
}
