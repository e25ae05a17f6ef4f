import type { RewriteResult } from "../shared/engineProtocol";
import type { RewriteSummary } from "../shared/rewriteSummary";
import type { ToneWeights } from "../shared/steeringRequest";
import type { Place } from "./place";
import type { Target } from "./target";

/** What was asked of the model, so that it can be asked again, stronger or gentler. */
export interface Ask {
  readonly weights: ToneWeights;
  /** Factor on alpha. */
  readonly strength: number;
  readonly seed: number;
  readonly alternatives: number;
}

export interface Asked {
  readonly target: Target;
  readonly ask: Ask;
}

/** A finished rewrite that may be put in: several versions, each with a text for every place. */
export interface Draft {
  readonly ask: Ask;
  readonly summary: RewriteSummary;
  /** At least one; best first. [version][place] */
  readonly versions: readonly (readonly string[])[];
}

/** A place with fewer alternatives than others shows its last one; what does not fit stays as it was. */
export function versionsOf(
  places: readonly Place[],
  results: readonly RewriteResult[],
): readonly (readonly string[])[] {
  const texts = places.map((place, index) => {
    const result = results[index]!;
    const fitted = [result.text, ...result.alternatives].flatMap(
      (text) => (place.fit ? place.fit(text) : text) ?? [],
    );
    return fitted.length > 0 ? fitted : [place.text];
  });
  const count = Math.max(...texts.map((versions) => versions.length));
  const versions = Array.from({ length: count }, (_, version) =>
    texts.map((ofPlace) => ofPlace[Math.min(version, ofPlace.length - 1)]!),
  );
  const isNew = (version: readonly string[]) =>
    version.some((text, index) => text !== places[index]!.text);
  return [versions[0]!, ...versions.slice(1).filter(isNew)];
}

/**
 * The best attempt for what no candidate passed for: never put in by itself, shown on request.
 * Undefined if the model wrote nothing that differs.
 */
export function rejectedVersion(
  places: readonly Place[],
  results: readonly RewriteResult[],
): readonly string[] | undefined {
  let any = false;
  const texts = places.map((place, index) => {
    let rest = place.text;
    let written = "";
    for (const unit of results[index]!.passages.flatMap((passage) => passage.units)) {
      const at = rest.indexOf(unit.before);
      const instead = unit.changed ? unit.after : unit.rejected;
      if (at < 0 || instead === null) continue;
      written += rest.slice(0, at) + instead;
      rest = rest.slice(at + unit.before.length);
      any ||= !unit.changed && instead !== unit.before;
    }
    return written + rest;
  });
  return any ? texts : undefined;
}
