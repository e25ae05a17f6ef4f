/**
 * Uniform numbers in [0, 1) for a seed, a safe integer: xoshiro128** (Blackman and Vigna, 2018), 32
 * bits a draw. SplitMix32 fills its state from both halves of the seed, so that different seeds
 * give different states, and neighbouring ones unrelated streams.
 */
export function createRandom(seed: number): () => number {
  const low = splitMix32(seed | 0);
  const high = splitMix32(Math.floor(seed / 2 ** 32) | 0);
  let [a, b, c, d] = [low(), low() ^ high(), high(), low()];
  // The all-zero state is the only one that xoshiro never leaves.
  if ((a | b | c | d) === 0) a = 1;

  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result / 2 ** 32;
  };
}

function splitMix32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) | 0;
  };
}

function rotateLeft(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}
