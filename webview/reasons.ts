import type { UnchangedReason } from "../src/shared/engineProtocol";
import type { PanelStrings } from "../src/shared/panelStrings";

/** Why something stayed as it was, and what may help, a sentence each. */
export function reasonTexts(reasons: readonly UnchangedReason[], strings: PanelStrings): string[] {
  const texts: Record<UnchangedReason, string> = {
    noCandidatePassed: strings.reasonNoCandidatePassed,
    sameText: strings.reasonSameText,
    language: strings.reasonLanguage,
    tooLong: strings.reasonTooLong,
    nothingToRewrite: strings.reasonNothingToRewrite,
  };
  return reasons.map((reason) => texts[reason]);
}
