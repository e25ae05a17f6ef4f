import { floatTensor, type Feeds } from "./session";

/** What the graph says of its cache. */
export interface CacheShape {
  /** Past inputs in the order in which the graph concatenates their new parts. */
  readonly names: readonly string[];
  readonly heads: number;
  readonly headSize: number;
  /**
   * Whether past tensors may be longer than what they hold (GroupQueryAttention reads only as far
   * as attention_mask says). Then a step writes its few new numbers into place; otherwise the past
   * must be exactly as long as it is, and is laid out anew for each step.
   */
  readonly padded: boolean;
}

/** Room is added in blocks of this many positions, so that growing is rare. */
const block = 64;

/**
 * Keys and values of the positions that were read, for some rows of equal length.
 *
 * The runtime reads inputs in place but copies every output, and a cache that goes out and in again
 * would be copied whole at each token. So the buffers belong to JavaScript, and the patched graph
 * gives out only the new positions ("present.new").
 */
export class KvCache {
  private buffers: Float32Array[]; // each [rows, heads, capacity, headSize]
  private cachedFeeds: Feeds | undefined;
  private filled = 0;

  constructor(
    private readonly shape: CacheShape,
    readonly rows: number,
    private capacity = 0,
  ) {
    if (!shape.padded) this.capacity = 0;
    this.buffers = this.allocate(rows, this.capacity);
  }

  /** Positions held, the same for all rows. */
  get length(): number {
    return this.filled;
  }

  /** Past tensors for the next run; views of the buffers, valid until the next append. */
  get feeds(): Feeds {
    if (!this.cachedFeeds) {
      const dims = [this.rows, this.shape.heads, this.capacity, this.shape.headSize];
      this.cachedFeeds = {};
      this.shape.names.forEach((name, i) => {
        this.cachedFeeds![name] = floatTensor(this.buffers[i]!, dims);
      });
    }
    return this.cachedFeeds;
  }

  /** @param fresh [names * rows, heads, positions, headSize], as "present.new" gives it */
  append(fresh: Float32Array, positions: number): void {
    const { heads, headSize, names, padded } = this.shape;
    const needed = this.filled + positions;
    if (needed > this.capacity) {
      this.resize(padded ? Math.ceil(needed / block) * block : needed);
    }
    const part = positions * headSize;
    let from = 0;
    for (let i = 0; i < names.length; i++) {
      const buffer = this.buffers[i]!;
      for (let stripe = 0; stripe < this.rows * heads; stripe++, from += part) {
        buffer.set(
          fresh.subarray(from, from + part),
          (stripe * this.capacity + this.filled) * headSize,
        );
      }
    }
    this.filled = needed;
  }

  /** A new cache in which row i is a copy of this cache's row `from[i]`. */
  select(from: readonly number[], extra = 0): KvCache {
    const copy = new KvCache(this.shape, from.length);
    copy.capacity = this.shape.padded
      ? Math.ceil((this.filled + extra) / block) * block
      : this.filled;
    copy.filled = this.filled;
    copy.buffers = this.relaid(from, copy.capacity);
    return copy;
  }

  private resize(capacity: number): void {
    const all = Array.from({ length: this.rows }, (_, row) => row);
    this.buffers = this.relaid(all, capacity);
    this.capacity = capacity;
    this.cachedFeeds = undefined;
  }

  private relaid(rows: readonly number[], capacity: number): Float32Array[] {
    const { heads, headSize } = this.shape;
    const target = this.allocate(rows.length, capacity);
    const used = this.filled * headSize;
    target.forEach((buffer, i) => {
      const source = this.buffers[i]!;
      rows.forEach((row, at) => {
        for (let head = 0; head < heads; head++) {
          const from = (row * heads + head) * this.capacity * headSize;
          buffer.set(source.subarray(from, from + used), (at * heads + head) * capacity * headSize);
        }
      });
    });
    return target;
  }

  private allocate(rows: number, capacity: number): Float32Array[] {
    const size = rows * this.shape.heads * capacity * this.shape.headSize;
    return this.shape.names.map(() => new Float32Array(size));
  }
}
