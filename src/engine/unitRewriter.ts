import type { CheckResult, UnchangedReason } from "../shared/engineProtocol";
import type { Pack } from "../shared/pack";
import type { GenerationRequest } from "../shared/steeringRequest";
import { checkCandidate } from "../writing/checks";
import { cleanCandidate } from "../writing/clean";
import { planEscalation, type RowPlan } from "../writing/escalation";
import { rankCandidates, toneReading } from "../writing/ranking";
import { generate, throwIfCancelled, type GeneratedRow, type GenerationRow } from "./generate";
import type { LanguageModel } from "./languageModel";
import type { PassageReader, TextReading } from "./passageReader";
import type { PromptCache } from "./promptCache";
import type { PromptEncoder } from "./promptEncoder";
import { greedySampling, type SamplingOptions } from "./sampling";
import type { SteeringPlan } from "./steeringPlan";
import { createStreamingText } from "./streamingText";
import type { Tokenizer } from "./tokenizer";

const lengthFactor = 1.8;
const lengthMargin = 24;

/** What one unit needs besides its text. */
export interface UnitOptions {
  readonly plan: SteeringPlan;
  readonly generation: GenerationRequest;
  /** Lowest round trip allowed; null: none. */
  readonly floor: number | null;
  /** Write all rows even if the first one will do, so that there is a choice. */
  readonly wantAlternatives: boolean;
  readonly signal: AbortSignal | undefined;
  /** The unit as far as it is written. */
  readonly onWritten: (text: string) => void;
  /** Called once for each token of each row. */
  readonly onToken: () => void;
}

export interface Candidate {
  readonly text: string;
  readonly checks: readonly CheckResult[];
  /** null if it failed a check before. */
  readonly roundTrip: number | null;
  /** null if it failed a check or the floor before. */
  readonly reading: TextReading | null;
}

export interface UnitOutcome {
  /** Candidates that may be put in, best first. */
  readonly accepted: readonly Candidate[];
  readonly reason: UnchangedReason | null;
  readonly rows: number;
  /** The best that did not pass, when nothing did. */
  readonly rejected: Candidate | undefined;
}

/** Writes one unit: a streamed row first, several rows when that one is not good enough. */
export class UnitRewriter {
  constructor(
    private readonly model: LanguageModel,
    private readonly tokenizer: Tokenizer,
    private readonly prompts: PromptEncoder,
    private readonly cache: PromptCache,
    private readonly reader: PassageReader,
    private readonly pack: Pack,
  ) {}

  async rewrite(source: string, options: UnitOptions): Promise<UnitOutcome> {
    const { plan, signal, generation } = options;
    const draft = await this.startDraft(source, plan.toneInstruction, options);
    const asRows = (rows: readonly RowPlan[], firstRow: number): GenerationRow[] =>
      rows.map((row, i) => ({
        weights: plan.weights,
        alpha: Math.min(plan.alpha * row.alphaScale, plan.alphaMaximum),
        sampling: sampling(row, generation),
        seed: rowSeed(generation.seed, source, firstRow + i),
      }));

    const { first, more } = planEscalation(this.pack.steering.rows);
    const streaming = createStreamingText((ids) => this.tokenizer.decode(ids));
    let shown = "";
    const firstRows = await draft(asRows(first, 0), (id) => {
      const words = streaming.push(id);
      if (words !== "") options.onWritten((shown += words));
    });
    const candidates = await this.judge(source, firstRows, options);
    const enough =
      this.choose(candidates, options).accepted.length > 0 && !options.wantAlternatives;
    let rows = first.length;
    if (!enough) {
      throwIfCancelled(signal);
      const seen = new Set([source.trim(), ...candidates.map(({ text }) => text.trim())]);
      const written = await draft(asRows(more, rows));
      candidates.push(...(await this.judge(source, written, options, seen)));
      rows += more.length;
    }
    return { ...this.choose(candidates, options), rows };
  }

  /** Reads the prompt once; what comes back writes batches of rows over it. */
  async startDraft(
    source: string,
    toneInstruction: string | undefined,
    { signal, onToken }: Pick<UnitOptions, "signal" | "onToken">,
  ): Promise<
    (rows: readonly GenerationRow[], onRowToken?: (id: number) => void) => Promise<GeneratedRow[]>
  > {
    const { cache, lastToken } = await this.cache.prompt(source, toneInstruction);
    throwIfCancelled(signal);
    return (rows, onRowToken) =>
      generate(this.model, cache, lastToken, rows, {
        maxTokens: this.lengthLimit(source),
        stopIds: this.prompts.stopIds,
        signal,
        onToken: (_, id) => {
          onToken();
          onRowToken?.(id);
        },
      });
  }

  /** A rewrite may be this long: 1.8 times the source's tokens and 24 more. */
  lengthLimit(source: string): number {
    return Math.ceil(lengthFactor * this.prompts.text(source).length) + lengthMargin;
  }

  /** The longest source, in tokens, whose rewrite is sure to fit the context with its prompt. */
  get longestSource(): number {
    const around = this.prompts.head.length + longestTail(this.prompts, this.pack) + lengthMargin;
    return Math.max(1, Math.floor((this.pack.architecture.context - around) / (1 + lengthFactor)));
  }

  /**
   * Cleans, checks and reads what was written, cheapest first: what fails a check is not read.
   * Texts seen before and the source itself are left out.
   */
  async judge(
    source: string,
    written: readonly GeneratedRow[],
    { plan, signal, floor }: Pick<UnitOptions, "plan" | "signal" | "floor">,
    seen = new Set([source.trim()]),
  ): Promise<Candidate[]> {
    const candidates = this.check(source, written, plan, seen);
    const whole = candidates.filter(passed);
    if (whole.length === 0) return candidates;
    const texts = (list: readonly Draft[]) => list.map(({ text }) => text);
    const roundTrips = await this.reader.roundTrips(source, texts(whole), signal);
    whole.forEach((candidate, i) => {
      candidate.roundTrip = roundTrips[i]!;
      candidate.checks.push(roundTripCheck(candidate.roundTrip, floor));
    });
    const faithful = whole.filter(passed);
    if (faithful.length === 0) return candidates;
    const asRewrites = await this.reader.tones(source, texts(faithful), signal);
    const [before, ...after] = await this.reader.tonesAlone([source, ...texts(faithful)], signal);
    faithful.forEach((candidate, i) => {
      candidate.reading = asRewrites[i]!;
      candidate.checks.push(toneCheck(before!, after[i]!, plan.tones));
    });
    return candidates;
  }

  private check(
    source: string,
    written: readonly GeneratedRow[],
    plan: SteeringPlan,
    seen: Set<string>,
  ): Draft[] {
    const drafts: Draft[] = [];
    for (const { ids, finished } of written) {
      const text = cleanCandidate(this.tokenizer.decode(ids), source);
      if (text.trim() === "" || seen.has(text.trim())) continue;
      seen.add(text.trim());
      const conciseAllowed = (plan.tones["concise"] ?? 0) > 0;
      const { checks } = checkCandidate(source, text, { finished, conciseAllowed });
      drafts.push({ text, checks: [...checks], roundTrip: null, reading: null });
    }
    return drafts;
  }

  choose(
    candidates: readonly Candidate[],
    { plan, floor }: Pick<UnitOptions, "plan" | "floor">,
  ): Omit<UnitOutcome, "rows"> {
    const { toneWeight, roundTripWeight } = this.pack.steering.ranking;
    const ranked = rankCandidates(
      candidates.map((candidate) => ({
        text: candidate.text,
        passed: passed(candidate),
        readings: candidate.reading?.logProbabilities ?? {},
        roundTrip: candidate.roundTrip ?? NaN,
      })),
      { tones: plan.tones, toneWeight, roundTripWeight, roundTripFloor: floor },
    );
    const accepted = ranked.filter((r) => r.eligible).map((r) => candidates[r.index]!);
    if (accepted.length > 0) return { accepted, reason: null, rejected: undefined };
    const best = candidates.reduce<Candidate | undefined>(
      (a, b) => (a && (a.roundTrip ?? -Infinity) >= (b.roundTrip ?? -Infinity) ? a : b),
      undefined,
    );
    return { accepted, reason: best ? "noCandidatePassed" : "sameText", rejected: best };
  }
}

function longestTail(prompts: PromptEncoder, pack: Pack): number {
  return Math.max(...pack.tones.map(({ id }) => prompts.tail(id).length));
}

/** A candidate while it is being judged. */
interface Draft {
  readonly text: string;
  readonly checks: CheckResult[];
  roundTrip: number | null;
  reading: TextReading | null;
}

function passed({ checks }: Candidate): boolean {
  return checks.every((check) => check.passed);
}

function roundTripCheck(roundTrip: number, floor: number | null): CheckResult {
  return {
    name: "roundTrip",
    passed: floor === null || roundTrip >= floor,
    detail: `${roundTrip.toFixed(2)}${floor === null ? "" : ` (at least ${floor.toFixed(2)})`}`,
  };
}

/** A rewrite that reads no more as was asked than its source is not worth putting in. */
function toneCheck(
  before: TextReading,
  after: TextReading,
  tones: Readonly<Record<string, number>>,
): CheckResult {
  const was = toneReading(before.logProbabilities, tones);
  const is = toneReading(after.logProbabilities, tones);
  return {
    name: "tone",
    passed: is > was,
    detail: `reading ${is.toFixed(2)}, before ${was.toFixed(2)}`,
  };
}

function sampling(row: RowPlan, request: GenerationRequest): SamplingOptions {
  const repetitionPenalty = request.repetitionPenalty ?? 1;
  if (!row.sampling) return { ...greedySampling, repetitionPenalty };
  return {
    temperature: request.temperature ?? row.sampling.temperature,
    topK: request.topK ?? row.sampling.topK,
    topP: request.topP ?? row.sampling.topP,
    minP: request.minP ?? 0,
    repetitionPenalty,
  };
}

/** FNV-1a over the text, so that a unit's rows do not depend on what stands around it. */
function rowSeed(seed: number, text: string, row: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return (hash + row) >>> 0;
}
