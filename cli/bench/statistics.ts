/** Speeds of one case, one a round. */
export interface Measurement {
  readonly name: string;
  /** Tokens a second, over all rows of the case, round by round. */
  readonly rounds: readonly number[];
  readonly median: number;
}

export function measurement(name: string, rounds: readonly number[]): Measurement {
  return { name, rounds, median: median(rounds) };
}

/** The median over rounds of case / base: both saw the same load of the machine in a round. */
export function ratio(measured: Measurement, base: Measurement): number {
  return median(measured.rounds.map((speed, round) => speed / base.rounds[round]!));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
