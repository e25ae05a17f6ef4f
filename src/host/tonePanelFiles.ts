import * as vscode from "vscode";
import { TonesteerError } from "../shared/errors";
import type { ToneStore } from "./toneStore";

/** Names and numbers of a few dozen presets; whatever is larger is something else. */
const largestFile = 1_000_000;

/** Asks for a file and reads presets from it. Throws with what is wrong; then nothing has changed. */
export async function importPresets(store: ToneStore): Promise<void> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t("Import Presets"),
      openLabel: vscode.l10n.t("Import"),
      filters: { JSON: ["json"] },
    })) ?? [];
  if (!file) return;
  const { size } = await vscode.workspace.fs.stat(file);
  if (size > largestFile) {
    throw new TonesteerError(
      "badRequest",
      vscode.l10n.t("The presets were not read: the file is too large to hold presets."),
    );
  }
  const bytes = await vscode.workspace.fs.readFile(file);
  await store.importPresets(new TextDecoder().decode(bytes));
}

/** Asks where to and writes all presets there. */
export async function exportPresets(store: ToneStore): Promise<void> {
  const file = await vscode.window.showSaveDialog({
    title: vscode.l10n.t("Export Presets"),
    saveLabel: vscode.l10n.t("Export"),
    filters: { JSON: ["json"] },
    defaultUri: vscode.Uri.joinPath(
      vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file("/"),
      "tonesteer-presets.json",
    ),
  });
  if (!file) return;
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(store.exportPresets()));
}

/** Presets cannot be brought back, so deleting one is asked about. */
export async function confirmDeleting(name: string): Promise<boolean> {
  const remove = vscode.l10n.t("Delete");
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('Delete the preset "{0}"?', name),
    { modal: true },
    remove,
  );
  return chosen === remove;
}
