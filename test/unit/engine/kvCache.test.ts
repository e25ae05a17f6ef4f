import { describe, expect, it } from "vitest";
import { KvCache, type CacheShape } from "../../../src/engine/kvCache";

const shape: CacheShape = { names: ["k", "v"], heads: 2, headSize: 3, padded: true };
const exact: CacheShape = { ...shape, padded: false };

/** One number that tells name, row, head, position and element apart. */
const mark = (name: number, row: number, head: number, position: number, element: number) =>
  ((name * 8 + row) * 4 + head) * 10_000 + position * 10 + element;

/** What the graph gives for `length` new positions of these rows: [names * rows, heads, length, 3]. */
function fresh(rows: readonly number[], from: number, length: number): Float32Array {
  const values: number[] = [];
  for (let name = 0; name < 2; name++) {
    for (const row of rows) {
      for (let head = 0; head < 2; head++) {
        for (let position = from; position < from + length; position++) {
          for (let element = 0; element < 3; element++) {
            values.push(mark(name, row, head, position, element));
          }
        }
      }
    }
  }
  return Float32Array.from(values);
}

/** The cache holds exactly these rows' positions, and says so in its shapes. */
function expectRows(cache: KvCache, rows: readonly number[], length: number): void {
  expect(cache.length).toBe(length);
  expect(cache.rows).toBe(rows.length);
  ["k", "v"].forEach((name, n) => {
    const { dims, data } = cache.feeds[name]!;
    const [count, heads, capacity, headSize] = dims as [number, number, number, number];
    expect([count, heads, headSize]).toEqual([rows.length, 2, 3]);
    expect(capacity).toBeGreaterThanOrEqual(length);
    expect(data).toHaveLength(count * heads * capacity * headSize);
    const wrong: string[] = [];
    rows.forEach((row, at) => {
      for (let head = 0; head < 2; head++) {
        for (let position = 0; position < length; position++) {
          const index = ((at * 2 + head) * capacity + position) * 3;
          if (data[index] !== mark(n, row, head, position, 0)) wrong.push(`${at} ${position}`);
          if (data[index + 2] !== mark(n, row, head, position, 2)) wrong.push(`${at} ${position}`);
        }
      }
    });
    expect(wrong).toEqual([]);
  });
}

describe.each([
  ["padded", shape],
  ["exact", exact],
])("a %s cache", (_, kind) => {
  it("holds what was appended, in parts of any length", () => {
    const cache = new KvCache(kind, 2);
    let length = 0;
    for (const part of [1, 5, 57, 1, 1, 63, 64, 65]) {
      cache.append(fresh([0, 1], length, part), part);
      length += part;
      expectRows(cache, [0, 1], length);
    }
  });

  it("fills its room to the last position and grows by one", () => {
    const cache = new KvCache(kind, 1);
    for (let length = 1; length <= 130; length++) {
      cache.append(fresh([0], length - 1, 1), 1);
      if (length % 64 <= 1) expectRows(cache, [0], length);
    }
  });

  it("selects rows as copies, repeated or left out", () => {
    const cache = new KvCache(kind, 3);
    cache.append(fresh([0, 1, 2], 0, 64), 64);
    const chosen = cache.select([2, 0, 2, 2], 40);
    expectRows(chosen, [2, 0, 2, 2], 64);
    chosen.append(fresh([2, 0, 2, 2], 64, 40), 40);
    expectRows(chosen, [2, 0, 2, 2], 104);
    expectRows(cache, [0, 1, 2], 64); // untouched
    cache.append(fresh([0, 1, 2], 64, 3), 3);
    expectRows(chosen, [2, 0, 2, 2], 104);
  });

  it("starts empty", () => {
    const cache = new KvCache(kind, 2);
    expect(cache.feeds["k"]!.dims).toEqual([2, 2, 0, 3]);
    expectRows(cache.select([1]), [1], 0);
  });
});

describe("room", () => {
  it("is kept while it lasts, so that the runtime is given the same buffers", () => {
    const cache = new KvCache(shape, 1);
    cache.append(fresh([0], 0, 3), 3);
    const before = cache.feeds["k"]!.data;
    expect(cache.feeds["k"]!.dims[2]).toBe(64);
    cache.append(fresh([0], 3, 61), 61);
    expect(cache.feeds["k"]!.data).toBe(before);
    cache.append(fresh([0], 64, 1), 1);
    expect(cache.feeds["k"]!.data).not.toBe(before);
    expect(cache.feeds["k"]!.dims[2]).toBe(128);
  });

  it("is made beforehand for what is going to be written", () => {
    const cache = new KvCache(shape, 1);
    cache.append(fresh([0], 0, 60), 60);
    const room = cache.select([0, 0], 10);
    const before = room.feeds["k"]!.data;
    room.append(fresh([0, 0], 60, 10), 10);
    expect(room.feeds["k"]!.data).toBe(before);
    expectRows(room, [0, 0], 70);
  });

  it("is exact where the graph cannot be told how much is in use", () => {
    const cache = new KvCache(exact, 1, 64);
    cache.append(fresh([0], 0, 3), 3);
    expect(cache.feeds["k"]!.dims[2]).toBe(3);
    expect(cache.select([0], 50).feeds["k"]!.dims[2]).toBe(3);
  });
});
