import assert from "node:assert/strict";
import { suiteSetup, suiteTeardown } from "mocha";
import * as vscode from "vscode";
import type { TonesteerApi } from "../../src/extension";
import type { RewriteOutcome } from "../../src/host/rewriteService";

export const prose = "Your application was rejected because two documents were missing.";
export const secondProse = "The meeting was moved to 14 March, because the room is closed.";

/** The extension's own parts, activated. */
export async function tonesteer(): Promise<TonesteerApi> {
  const extension = vscode.extensions.getExtension<TonesteerApi>("tonesteer.tonesteer");
  assert.ok(extension, "the extension is not installed");
  return extension.activate();
}

export async function openText(
  content: string,
  language = "plaintext",
): Promise<vscode.TextEditor> {
  for (;;) {
    const document = await vscode.workspace.openTextDocument({ content, language });
    const editor = await vscode.window.showTextDocument(document);
    // The editor may take a name again whose last document is still being closed.
    if (editor.document.getText() === content && document.version === 1) return editor;
  }
}

export async function openFile(name: string, content: string): Promise<vscode.TextEditor> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, "no folder is open");
  const uri = vscode.Uri.joinPath(folder.uri, name);
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(content));
  return vscode.window.showTextDocument(uri);
}

/** Selects every occurrence of the texts. */
export function select(editor: vscode.TextEditor, ...texts: string[]): void {
  const content = editor.document.getText();
  editor.selections = texts.map((text) => {
    const offset = content.indexOf(text);
    assert.ok(offset >= 0, `"${text}" is not in the document`);
    return new vscode.Selection(
      editor.document.positionAt(offset),
      editor.document.positionAt(offset + text.length),
    );
  });
}

export function run(command: string, ...args: unknown[]): Thenable<RewriteOutcome> {
  return vscode.commands.executeCommand<RewriteOutcome>(`tonesteer.${command}`, ...args);
}

export function undo(): Thenable<unknown> {
  return vscode.commands.executeCommand("undo");
}

export async function setting(name: string, value: unknown): Promise<void> {
  await vscode.workspace
    .getConfiguration("tonesteer")
    .update(name, value, vscode.ConfigurationTarget.Global);
}

/**
 * For a suite about the way into the document, not about how sure the model is of its words: the
 * first row is taken as it is. Settings are put back at the suite's end.
 */
export function takeFirstRow(more: Readonly<Record<string, unknown>> = {}): void {
  const settings = { fidelity: "free", alternatives: 0, ...more };
  suiteSetup(async () => {
    for (const [name, value] of Object.entries(settings)) await setting(name, value);
  });
  suiteTeardown(async () => {
    for (const name of Object.keys(settings)) await setting(name, undefined);
  });
}

/** Resolves as soon as `holds` does; fails with `what` after `milliseconds`. */
export async function until(
  what: string,
  holds: () => unknown,
  milliseconds = 20_000,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!holds()) {
    assert.ok(Date.now() < deadline, `${what}: not after ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Closes all editors without asking; what was in untitled ones is gone. */
export async function closeAll(): Promise<void> {
  const tabs = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  while (tabs().length > 0) {
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  }
  // The host hears of it a little later; a document that something else holds on to stays.
  const deadline = Date.now() + 1000;
  const isOpen = () => vscode.workspace.textDocuments.some((document) => document.isUntitled);
  while (isOpen() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
}
