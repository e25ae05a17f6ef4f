import * as vscode from "vscode";
import type { ToneWeights } from "../shared/steeringRequest";
import type { Preview } from "./preview";
import type { RewriteOutcome, RewriteService } from "./rewriteService";

const fewest = 3;

/** Writes several versions, shows each in the preview as one moves over it, and puts in the one chosen. */
export async function suggestAlternatives(
  rewrites: RewriteService,
  preview: Preview,
  weights: ToneWeights,
  alternatives: number,
): Promise<RewriteOutcome> {
  const outcome = await rewrites.rewriteSelection(weights, {
    apply: "preview",
    alternatives: Math.max(fewest, alternatives),
  });
  const versions = preview.shown?.draft.versions ?? [];
  if (outcome.kind !== "previewed" || versions.length < 2) return outcome;
  const chosen = await pickVersion(versions, (version) => preview.showVersion(version));
  if (chosen !== undefined) {
    preview.showVersion(chosen);
    return rewrites.accept();
  }
  rewrites.reject();
  return { kind: "stopped" };
}

function pickVersion(
  versions: readonly (readonly string[])[],
  onMove: (version: number) => void,
): Promise<number | undefined> {
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { version: number }>();
  pick.placeholder = vscode.l10n.t("Choose a version; the editor shows it as you move");
  pick.items = versions.map((texts, version) => ({
    label: `${version + 1}`,
    detail: texts.join(" … ").replace(/\s+/gu, " "),
    version,
  }));
  return new Promise((resolve) => {
    pick.onDidChangeActive(([item]) => item && onMove(item.version));
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]?.version);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}
