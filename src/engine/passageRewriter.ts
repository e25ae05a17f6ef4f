import type { PassageResult, UnchangedReason, UnitResult } from "../shared/engineProtocol";
import type { Pack } from "../shared/pack";
import { checkCandidate } from "../writing/checks";
import { splitLongPassage, splitUnits, type Unit } from "../writing/units";
import type { PassageReader } from "./passageReader";
import type { PromptEncoder } from "./promptEncoder";
import type { UnitOptions, UnitOutcome, UnitRewriter } from "./unitRewriter";

/** A longer unit is cut further: quality falls with length, and a row's memory grows with it. */
const longestUnitTokens = 256;

export interface PassageOutcome {
  readonly result: PassageResult;
  /** The whole passage in other words, best first, without the one in `result`. */
  readonly alternatives: readonly string[];
}

/** Writes a passage unit by unit; a unit for which nothing passes stays as it was. */
export class PassageRewriter {
  constructor(
    private readonly units: UnitRewriter,
    private readonly reader: PassageReader,
    private readonly prompts: PromptEncoder,
    private readonly pack: Pack,
  ) {}

  async rewrite(
    prose: string,
    options: UnitOptions & { readonly alternatives: number },
  ): Promise<PassageOutcome> {
    const outcomes: { unit: Unit; outcome: UnitOutcome | undefined }[] = [];
    let done = "";
    for (const unit of this.split(prose)) {
      const outcome = isWritable(unit)
        ? await this.writeUnit(unit, {
            ...options,
            onWritten: (text) => options.onWritten(done + text),
          })
        : undefined;
      outcomes.push({ unit, outcome });
      done += (outcome?.accepted[0]?.text ?? unit.text) + unit.separator;
      options.onWritten(done);
    }
    const texts = this.variants(outcomes, options.alternatives);
    return {
      result: await this.report(prose, texts[0]!, outcomes, options),
      alternatives: texts.slice(1),
    };
  }

  /** Units of the length that the pack's model was found to keep the meaning of. */
  split(prose: string): Unit[] {
    const count = (text: string) => this.prompts.text(text).length;
    const longest = this.longestUnit;
    return splitUnits(prose, this.pack.writing.unitWords).flatMap((unit) => {
      const parts = splitLongPassage(unit.text, longest, count);
      const last = parts.pop()!;
      return [...parts, { text: last.text, separator: last.separator + unit.separator }];
    });
  }

  private get longestUnit(): number {
    return Math.min(longestUnitTokens, this.units.longestSource);
  }

  private async writeUnit({ text }: Unit, options: UnitOptions): Promise<UnitOutcome> {
    // A single word is never cut, however long: encoded data, a key.
    const isTooLong = this.prompts.text(text).length > this.longestUnit;
    if (!isTooLong) return this.units.rewrite(text, options);
    return { accepted: [], reason: "tooLong", rows: 0, rejected: undefined };
  }

  /** The passage with each unit's best candidate, then with the next best ones. */
  private variants(
    outcomes: readonly { unit: Unit; outcome: UnitOutcome | undefined }[],
    alternatives: number,
  ): string[] {
    const variant = (n: number) =>
      outcomes
        .map(({ unit, outcome }) => {
          const accepted = outcome?.accepted ?? [];
          const candidate = accepted[Math.min(n, accepted.length - 1)];
          return (candidate?.text ?? unit.text) + unit.separator;
        })
        .join("");
    const best = variant(0);
    const most = Math.max(0, ...outcomes.map(({ outcome }) => outcome?.accepted.length ?? 0));
    const others = new Set<string>();
    for (let n = 1; n < most && others.size < alternatives; n++) {
      if (variant(n) !== best) others.add(variant(n));
    }
    return [best, ...others];
  }

  private async report(
    before: string,
    after: string,
    outcomes: readonly { unit: Unit; outcome: UnitOutcome | undefined }[],
    { plan, signal }: UnitOptions,
  ): Promise<PassageResult> {
    const units = outcomes.flatMap(({ unit, outcome }) =>
      outcome ? [unitResult(unit, outcome)] : [],
    );
    const changed = after !== before;
    const texts = changed ? [before, after] : [before];
    const readings = await this.reader.tonesAlone(texts, signal);
    const tones = readings.map(({ probabilities }) => probabilities);
    const checks = changed
      ? checkCandidate(before, after, {
          finished: true,
          conciseAllowed: (plan.tones["concise"] ?? 0) > 0,
        }).checks
      : [];
    return {
      before,
      after,
      changed,
      reason: units.length === 0 ? "nothingToRewrite" : firstReason(units),
      units,
      checks: checks.map((check) => ({ ...check })),
      roundTrip: meanRoundTrip(units, this.prompts),
      tones: { before: { ...tones[0]! }, after: { ...(tones[1] ?? tones[0]!) } },
    };
  }
}

/** Something without a letter (a rule of dashes, a number) is nobody's tone. */
export function isWritable({ text }: Unit): boolean {
  return /\p{L}/u.test(text);
}

function unitResult(unit: Unit, outcome: UnitOutcome): UnitResult {
  const best = outcome.accepted[0];
  const shown = best ?? outcome.rejected;
  return {
    before: unit.text,
    after: best?.text ?? unit.text,
    changed: best !== undefined,
    reason: outcome.reason,
    roundTrip: shown?.roundTrip ?? null,
    rows: outcome.rows,
    checks: shown ? shown.checks.map((check) => ({ ...check })) : [],
    rejected: outcome.rejected?.text ?? null,
  };
}

function firstReason(units: readonly UnitResult[]): UnchangedReason | null {
  return units.find(({ changed }) => !changed)?.reason ?? null;
}

/** Over the units that were rewritten, weighted by their tokens, as one text would be. */
function meanRoundTrip(units: readonly UnitResult[], prompts: PromptEncoder): number | null {
  let sum = 0;
  let tokens = 0;
  for (const { changed, roundTrip, before } of units) {
    if (!changed || roundTrip === null) continue;
    const length = prompts.text(before).length;
    sum += roundTrip * length;
    tokens += length;
  }
  return tokens === 0 ? null : sum / tokens;
}
