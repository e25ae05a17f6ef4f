import type { SiteHeads } from "../../../src/steering/siteHeads";

/** Deterministic normal numbers (mulberry32 and Box-Muller) for made-up heads and residuals. */
export function normals(seed: number): (length: number, factor?: number) => Float32Array {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return (length, factor = 1) =>
    Float32Array.from(
      { length },
      () => factor * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    );
}

/** A small site with every kind of head, standardisation included. */
export function randomHeads(seed = 1, d = 12, hidden = 10, labels = 4): SiteHeads {
  const draw = normals(seed);
  return {
    d,
    labels,
    mean: draw(d),
    scale: 2.5,
    mlp: {
      hidden,
      w1: draw(hidden * d, 0.5),
      b1: draw(hidden, 0.3),
      w2: draw(hidden * hidden, 0.5),
      b2: draw(hidden, 0.3),
      w3: draw(labels * hidden, 0.5),
      b3: draw(labels, 0.3),
    },
    linear: { weight: draw(labels * d), bias: draw(labels) },
    directions: draw(labels * d),
  };
}
