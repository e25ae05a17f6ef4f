import * as vscode from "vscode";
import type { UnchangedReason } from "../shared/engineProtocol";
import type { RewriteSummary } from "../shared/rewriteSummary";
import type { Remedy } from "./log";

const statusMilliseconds = 8000;

/** Says that nothing was put in and why, in the words of the first reason. */
export async function tellUnchanged(
  summary: RewriteSummary,
  showAttempt: (() => unknown) | undefined,
): Promise<void> {
  const show = vscode.l10n.t("Show the Best Attempt");
  const chosen = await vscode.window.showInformationMessage(
    whyUnchanged(summary.reasons[0]),
    ...(showAttempt ? [show] : []),
  );
  if (chosen === show) showAttempt?.();
}

/** Says in the status bar how much was rewritten, when it was not all. */
export function tellPartly({ units }: RewriteSummary): void {
  if (units.changed === units.total) return;
  vscode.window.setStatusBarMessage(
    vscode.l10n.t(
      "Tonesteer: {0} of {1} sentences rewritten; the others stay as they were.",
      units.changed,
      units.total,
    ),
    statusMilliseconds,
  );
}

/** For a rewrite that is finished but cannot go where it belongs. */
export function copyRemedy(texts: readonly string[]): Remedy {
  return {
    title: vscode.l10n.t("Copy the Rewrite"),
    run: () => vscode.env.clipboard.writeText(texts.join("\n\n")),
  };
}

function whyUnchanged(reason: UnchangedReason | undefined): string {
  switch (reason) {
    case "noCandidatePassed":
      return vscode.l10n.t(
        "The text was left as it was: no version kept its meaning for sure. Try again, another tone, or a freer setting of fidelity.",
      );
    case "language":
      return vscode.l10n.t(
        "The text was left as it was: the model does not know its language. The setting tonesteer.anyLanguage overrides this.",
      );
    case "tooLong":
      return vscode.l10n.t(
        "The text was left as it was: a sentence in it is too long for the model. Shorten it and try again.",
      );
    case "nothingToRewrite":
      return vscode.l10n.t(
        "There is no prose to rewrite in this text: code, links, tables and the like stay as they are.",
      );
    case "sameText":
    case undefined:
      return vscode.l10n.t("The text has this tone already; nothing was changed.");
  }
}
