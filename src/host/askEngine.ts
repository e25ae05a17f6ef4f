import type { RewriteProgress, RewriteRequest, RewriteResult } from "../shared/engineProtocol";
import type { Ask } from "./draft";
import type { EngineClient } from "./engineClient";
import { generationFrom, steeringFrom } from "./settings";
import type { Settings } from "./settings";
import type { Place } from "./place";

export function requestFor(place: Place, ask: Ask, settings: Settings): RewriteRequest {
  return {
    text: place.text,
    format: place.format,
    steering: steeringFrom(settings, ask.weights, ask.strength),
    generation: generationFrom(settings, ask.seed),
    fidelity: settings.fidelity,
    alternatives: ask.alternatives,
    anyLanguage: settings.anyLanguage,
    // Whoever asks has ended what ran before; its last decode step may still be under way.
    whenBusy: "wait",
  };
}

/** Rewrites all places one after the other; rejects as soon as one fails or `signal` is aborted. */
export async function rewritePlaces(
  engine: EngineClient,
  places: readonly Place[],
  ask: Ask,
  settings: Settings,
  signal: AbortSignal,
  onProgress: (place: number, progress: RewriteProgress) => void,
): Promise<RewriteResult[]> {
  const results: RewriteResult[] = [];
  for (const [index, place] of places.entries()) {
    const result = await engine.rewrite(requestFor(place, ask, settings), {
      signal,
      onProgress: (progress) => onProgress(index, progress),
    });
    results.push(result);
  }
  return results;
}
