import * as vscode from "vscode";
import { TonesteerError } from "../shared/errors";
import { codePlaces } from "./codePlaces";
import { paragraphAt } from "./paragraphAt";
import type { Place } from "./place";
import { Target } from "./target";
import { textFormatOf } from "./textFormatOf";

/** Documents that nobody writes prose in, though they show up as the active editor. */
const notText = new Set(["output", "debug", "comment", "tonesteer-preview"]);

/** Remembers the editor used last, so that the panel's buttons know what they are about. */
export class LastEditor implements vscode.Disposable {
  private last: vscode.TextEditor | undefined;
  private readonly subscription: vscode.Disposable;

  constructor() {
    this.remember(vscode.window.activeTextEditor);
    this.subscription = vscode.window.onDidChangeActiveTextEditor((editor) =>
      this.remember(editor),
    );
  }

  /** Undefined when no text is open. */
  get editor(): vscode.TextEditor | undefined {
    this.remember(vscode.window.activeTextEditor);
    if (this.last?.document.isClosed) this.last = undefined;
    return this.last;
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private remember(editor: vscode.TextEditor | undefined): void {
    if (editor && !notText.has(editor.document.uri.scheme)) this.last = editor;
  }
}

/**
 * What a rewrite is about: the selections; without one the paragraph at the cursor; in a notebook
 * without an open cell editor the selected Markdown cells' text. Throws `emptyText` when there is
 * nothing to rewrite.
 */
export function targetAt(editor: vscode.TextEditor | undefined): Target {
  const cell = selectedMarkdownCell(editor);
  if (cell) return wholeDocument(cell);
  if (editor && vscode.window.visibleTextEditors.includes(editor)) {
    const places = placesIn(editor);
    const selected = editor.selections.some((selection) => !selection.isEmpty);
    if (places.length > 0) return new Target(editor.document, places, selected);
  }
  throw noText(editor);
}

/** Why there is nothing to work on. */
export function noText(editor: vscode.TextEditor | undefined): TonesteerError {
  const isCode = editor && textFormatOf(editor.document.languageId) === "code";
  return new TonesteerError(
    "emptyText",
    isCode
      ? vscode.l10n.t(
          "In code only comments and strings are rewritten. Select one that has a sentence in it.",
        )
      : vscode.l10n.t(
          "There is no text to rewrite. Select some, or put the cursor into a paragraph.",
        ),
  );
}

export function wholeDocument(document: vscode.TextDocument): Target {
  const text = document.getText();
  if (text.trim() === "") {
    throw new TonesteerError("emptyText", vscode.l10n.t("The document is empty."));
  }
  return new Target(document, [{ offset: 0, text, format: textFormatOf(document.languageId) }]);
}

/** The texts that `targetAt` would take, without following them. */
export function textsAt(editor: vscode.TextEditor): string[] {
  return placesIn(editor).map(({ text }) => text);
}

function placesIn(editor: vscode.TextEditor): Place[] {
  const { document, selections, selection } = editor;
  const chosen = selections.filter((range) => !range.isEmpty);
  const format = textFormatOf(document.languageId);
  if (format === "code") {
    const stretches = (chosen.length > 0 ? chosen : [selection]).map((range) => ({
      start: document.offsetAt(range.start),
      end: document.offsetAt(range.end),
    }));
    return codePlaces(document.getText(), document.languageId, stretches);
  }
  const paragraph = chosen.length > 0 ? undefined : paragraphRange(document, selection.active);
  const ranges: readonly vscode.Range[] = paragraph ? [paragraph] : chosen;
  return ranges
    .map((range) => ({
      offset: document.offsetAt(range.start),
      text: document.getText(range),
      format,
    }))
    .filter(({ text }) => text.trim() !== "")
    .sort((a, b) => a.offset - b.offset);
}

function paragraphRange(
  document: vscode.TextDocument,
  at: vscode.Position,
): vscode.Range | undefined {
  const isBlank = (line: number) => document.lineAt(line).isEmptyOrWhitespace;
  const lines = paragraphAt(document.lineCount, isBlank, at.line);
  if (!lines) return undefined;
  return new vscode.Range(lines.first, 0, lines.last, document.lineAt(lines.last).text.length);
}

/** A Markdown cell that is selected as a whole: rendered, so that no text editor shows it. */
function selectedMarkdownCell(
  editor: vscode.TextEditor | undefined,
): vscode.TextDocument | undefined {
  const shown = vscode.window.activeNotebookEditor;
  const index = shown?.selections[0]?.start;
  if (!shown || index === undefined || index >= shown.notebook.cellCount) return undefined;
  const cell = shown.notebook.cellAt(index);
  const isEdited = editor?.document === cell.document;
  if (isEdited || cell.kind !== vscode.NotebookCellKind.Markup) return undefined;
  return cell.document;
}
