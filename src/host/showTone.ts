import * as vscode from "vscode";
import type { ToneReading } from "../shared/engineProtocol";
import type { ToneWeights } from "../shared/steeringRequest";
import type { PackTone } from "./packFolder";

const barCells = 20;

/** Shows how much of each tone the classifier reads; choosing one asks to rewrite toward it. */
export async function showTone(
  reading: ToneReading,
  tones: readonly PackTone[],
): Promise<ToneWeights | undefined> {
  const items = tones
    .map(({ id, title, description }) => ({
      id,
      title,
      detail: description,
      share: reading[id] ?? 0,
    }))
    .sort((a, b) => b.share - a.share)
    .map(({ id, title, detail, share }) => ({
      label: title,
      description: `${bar(share)} ${Math.round(share * 100)} %`,
      detail,
      id,
    }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t("The Tone of the Selection"),
    placeHolder: vscode.l10n.t("Choose a tone to rewrite the text in it"),
  });
  return chosen && { [chosen.id]: 1 };
}

function bar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * barCells);
  return "█".repeat(filled) + "░".repeat(barCells - filled);
}
