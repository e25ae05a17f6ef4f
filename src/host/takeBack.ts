import * as vscode from "vscode";
import type { Target } from "./target";

/**
 * Takes a rewrite back: by the editor's own undo where that is the last thing that happened, so that
 * it can be redone; else by an edit.
 */
export async function takeBack(target: Target): Promise<void> {
  if (target.isNewest && target.document.uri.scheme !== "vscode-notebook-cell") {
    await vscode.window.showTextDocument(target.document);
    await vscode.commands.executeCommand("undo");
    return;
  }
  await target.replace(target.sources);
}
