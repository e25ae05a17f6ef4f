import * as vscode from "vscode";
import { TonesteerError } from "../shared/errors";

/** Documents that live in the editor's memory: no file system answers for them. */
const inMemory = new Set(["untitled", "vscode-notebook-cell", "vscode-userdata"]);

/** Throws `readOnly` for a document that no edit can or should change. */
export async function requireWritable(document: vscode.TextDocument): Promise<void> {
  const { uri } = document;
  if (inMemory.has(uri.scheme)) return;
  if (vscode.workspace.fs.isWritableFileSystem(uri.scheme) !== true || (await isLocked(uri))) {
    throw new TonesteerError(
      "readOnly",
      vscode.l10n.t(
        "This document is read-only. Copy the text into a document of your own and rewrite it there.",
      ),
    );
  }
}

async function isLocked(uri: vscode.Uri): Promise<boolean> {
  try {
    const { permissions = 0 } = await vscode.workspace.fs.stat(uri);
    return (permissions & vscode.FilePermission.Readonly) !== 0;
  } catch {
    return false; // not saved yet, or gone: the open document can be edited all the same
  }
}
