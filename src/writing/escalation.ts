/** How the next token of a row is chosen; `null` in a plan means the likeliest one (greedy). */
export interface RowSampling {
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
}

/** One row of a batch: a multiple of the calibrated alpha, and how its tokens are chosen. */
export interface RowPlan {
  readonly alphaScale: number;
  readonly sampling: RowSampling | null;
}

/** `steering.rows` of a pack: multiples of the calibrated alpha for greedy and for sampled rows. */
export interface PackRows {
  readonly greedy: readonly number[];
  readonly sampled: readonly number[];
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
}

export interface EscalationPlan {
  /** One greedy row at the calibrated alpha, streamed; good enough for most units. */
  readonly first: readonly RowPlan[];
  /** What is tried together when the first row fails its checks or its floor. */
  readonly more: readonly RowPlan[];
}

/**
 * The first row costs one row; the batch is only paid for by units that need it. The batch leaves
 * out the greedy row at scale 1: being deterministic, it would write the first row again. That row
 * stays a candidate, so the caller ranks `first` and `more` together.
 */
export function planEscalation(rows: PackRows): EscalationPlan {
  const sampling = { temperature: rows.temperature, topP: rows.topP, topK: rows.topK };
  const more: RowPlan[] = [];
  for (const alphaScale of new Set(rows.greedy)) {
    if (alphaScale !== 1) more.push({ alphaScale, sampling: null });
  }
  for (const alphaScale of rows.sampled) more.push({ alphaScale, sampling });
  return { first: [{ alphaScale: 1, sampling: null }], more };
}
