import * as vscode from "vscode";
import { TonesteerError } from "../shared/errors";
import { afterReplacing, findAll, shiftAnchor } from "./anchor";
import type { Anchor } from "./anchor";
import { lineEdits } from "./lineEdits";
import type { Place } from "./place";
import { requireWritable } from "./writable";

/**
 * The stretches of one document that a rewrite is about, followed through whatever is edited around
 * them. It belongs to the document it was made from, wherever the focus goes.
 */
export class Target implements vscode.Disposable {
  private anchors: readonly Anchor[];
  /** The source, then whatever was put in, oldest first: undo and redo go to and fro in it. */
  private readonly states: (readonly string[])[];
  /** Which of the states the document held when last looked at. */
  private at = 0;
  private versionPutIn: number | undefined;
  private replacing = false;
  private readonly subscription: vscode.Disposable;

  /** `places` in document order, not overlapping; `selected` if the person had marked them. */
  constructor(
    private current: vscode.TextDocument,
    readonly places: readonly Place[],
    readonly selected = false,
  ) {
    this.states = [places.map(({ text }) => text)];
    this.anchors = places.map(({ offset, text }) => ({ offset, length: text.length }));
    this.subscription = vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.document !== this.current || this.replacing) return;
      for (const change of event.contentChanges) {
        this.anchors = this.anchors.map((anchor) => shiftAnchor(anchor, change));
      }
    });
  }

  get document(): vscode.TextDocument {
    return this.current;
  }

  get name(): string {
    return this.current.uri.path.split("/").at(-1) ?? "";
  }

  get sources(): readonly string[] {
    return this.states[0]!;
  }

  /** Whether a rewrite is in the document, as it was put in. */
  get isPutIn(): boolean {
    if (!this.locate()) return false;
    return this.states[this.at]!.some((text, index) => text !== this.sources[index]);
  }

  /** Whether the last thing that happened to the document was that a rewrite was put in. */
  get isNewest(): boolean {
    return this.current.version === this.versionPutIn;
  }

  /** Where the texts are now; undefined when they were changed or cannot be told apart. */
  ranges(): vscode.Range[] | undefined {
    return this.locate()?.map((anchor) => this.rangeOf(anchor));
  }

  /**
   * Replaces all stretches by one edit, which one undo takes back. Throws `selectionChanged` or
   * `readOnly`, and then nothing has been changed.
   */
  async replace(texts: readonly string[]): Promise<void> {
    if (this.current.isClosed) this.current = await reopen(this.current.uri);
    await requireWritable(this.current);
    const anchors = this.locate();
    if (!anchors) throw changed();
    const endOfLine = this.current.eol === vscode.EndOfLine.CRLF ? "\r\n" : "\n";
    const fitted = texts.map((text) => text.replace(/\r\n|\r|\n/gu, endOfLine));
    if (fitted.every((text, index) => text === this.states[this.at]![index])) return;
    this.replacing = true;
    try {
      await applyOnce(this.current, this.editsTo(fitted, anchors));
      this.anchors = afterReplacing(anchors, fitted);
      this.at = this.states.push(fitted) - 1;
      this.versionPutIn = this.current.version;
    } finally {
      this.replacing = false;
    }
  }

  /** Whether an editor's selections are this target's, or its cursors are inside. */
  isSelectedIn(editor: vscode.TextEditor): boolean {
    if (editor.document !== this.current) return false;
    const ranges = this.ranges();
    return (
      ranges !== undefined &&
      editor.selections.every((selection) =>
        ranges.some((range) =>
          selection.isEmpty ? range.contains(selection.active) : range.isEqual(selection),
        ),
      )
    );
  }

  /** Marks what was put in, if the person had marked what was there and is still in that editor. */
  select(): void {
    const editor = vscode.window.activeTextEditor;
    const ranges = this.ranges();
    if (!this.selected || editor?.document !== this.current || !ranges) return;
    editor.selections = ranges.map((range) => new vscode.Selection(range.start, range.end));
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private locate(): readonly Anchor[] | undefined {
    const content = this.current.getText();
    const newestFirst = this.states.map((_, index) => index).reverse();
    for (const at of [this.at, ...newestFirst]) {
      const found = findAll(content, this.anchors, this.states[at]!);
      if (!found) continue;
      this.at = at;
      return (this.anchors = found);
    }
    return undefined;
  }

  private editsTo(texts: readonly string[], anchors: readonly Anchor[]): vscode.TextEdit[] {
    return anchors.flatMap(({ offset }, index) =>
      lineEdits(this.states[this.at]![index]!, texts[index]!).map(({ start, end, text }) => {
        const range = this.rangeOf({ offset: offset + start, length: end - start });
        return new vscode.TextEdit(range, text);
      }),
    );
  }

  private rangeOf({ offset, length }: Anchor): vscode.Range {
    return new vscode.Range(
      this.current.positionAt(offset),
      this.current.positionAt(offset + length),
    );
  }
}

/**
 * One edit in any case. Through the editor where one shows the document, because only that knows
 * of editors made read-only for the session; both ways compare the document's version.
 */
async function applyOnce(
  document: vscode.TextDocument,
  edits: readonly vscode.TextEdit[],
): Promise<void> {
  const editor = vscode.window.visibleTextEditors.find((shown) => shown.document === document);
  const version = document.version;
  if (editor) {
    const done = await editor.edit((builder) => {
      for (const { range, newText } of edits) builder.replace(range, newText);
    });
    // A read-only editor says that it did the edit, and has done nothing.
    if (document.version === version) throw readOnlyEditor();
    if (done) return;
    throw changed();
  }
  const edit = new vscode.WorkspaceEdit();
  edit.set(document.uri, [...edits]);
  if (!(await vscode.workspace.applyEdit(edit))) throw changed();
}

async function reopen(uri: vscode.Uri): Promise<vscode.TextDocument> {
  try {
    return await vscode.workspace.openTextDocument(uri);
  } catch (error) {
    throw new TonesteerError(
      "selectionChanged",
      vscode.l10n.t("The document was closed and cannot be opened again, so nothing was put in."),
      { cause: error },
    );
  }
}

function changed(): TonesteerError {
  return new TonesteerError(
    "selectionChanged",
    vscode.l10n.t(
      "The selected text was changed in the meantime, so nothing was put in. Select it and rewrite it again.",
    ),
  );
}

function readOnlyEditor(): TonesteerError {
  return new TonesteerError(
    "readOnly",
    vscode.l10n.t(
      "The editor is read-only, so nothing was put in. Make it writable and try again.",
    ),
  );
}
