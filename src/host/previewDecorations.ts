import * as vscode from "vscode";
import type { Preview, Shown } from "./preview";
import { previewTabs } from "./previewDocument";
import { wordDiff } from "./wordDiff";

/** Longer insertions are cut here: a decoration cannot wrap, and the diff shows all of it. */
const shownCharacters = 160;

const removedWords = vscode.window.createTextEditorDecorationType({
  backgroundColor: new vscode.ThemeColor("diffEditor.removedTextBackground"),
  textDecoration: "line-through",
  overviewRulerColor: new vscode.ThemeColor("editorOverviewRuler.modifiedForeground"),
  overviewRulerLane: vscode.OverviewRulerLane.Left,
});
const addedWords = vscode.window.createTextEditorDecorationType({
  rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
});

/**
 * Marks in the source what the previewed version takes out, and shows behind it what it puts in. The
 * document is not touched: all of it is decoration.
 */
export class PreviewDecorations implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly preview: Preview) {
    this.subscriptions = [
      preview.onDidChange(() => this.draw()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.draw()),
      vscode.window.tabGroups.onDidChangeTabs(() => this.draw()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document === preview.shown?.target.document) this.draw();
      }),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
    removedWords.dispose();
    addedWords.dispose();
  }

  private draw(): void {
    const { shown, texts } = this.preview;
    // The diff marks the same words itself.
    const inDiff = previewTabs().some((tab) => tab.isActive);
    const marks = shown && texts && !inDiff ? marksOf(shown, texts) : undefined;
    for (const editor of vscode.window.visibleTextEditors) {
      const isShown = editor.document === shown?.target.document;
      editor.setDecorations(removedWords, isShown && marks ? marks.removed : []);
      editor.setDecorations(addedWords, isShown && marks ? marks.added : []);
    }
  }
}

interface Marks {
  readonly removed: vscode.Range[];
  readonly added: vscode.DecorationOptions[];
}

function marksOf({ target }: Shown, texts: readonly string[]): Marks {
  const marks: Marks = { removed: [], added: [] };
  const { document } = target;
  for (const [index, range] of (target.ranges() ?? []).entries()) {
    let offset = document.offsetAt(range.start);
    for (const { kind, text } of wordDiff(document.getText(range), texts[index]!)) {
      const start = document.positionAt(offset);
      if (kind === "added") {
        marks.added.push(insertion(start, text));
        continue;
      }
      offset += text.length;
      if (kind === "removed")
        marks.removed.push(new vscode.Range(start, document.positionAt(offset)));
    }
  }
  return marks;
}

function insertion(at: vscode.Position, text: string): vscode.DecorationOptions {
  const line = text.replace(/\r\n|\r|\n/gu, " ⏎ ");
  const isCut = line.length > shownCharacters;
  const hover = new vscode.MarkdownString();
  hover.appendText(text);
  return {
    range: new vscode.Range(at, at),
    ...(isCut && { hoverMessage: hover }),
    renderOptions: {
      after: {
        // Non-breaking, since the page drops a plain space at either end.
        contentText: (isCut ? `${line.slice(0, shownCharacters)}…` : line).replaceAll(
          " ",
          "\u00a0",
        ),
        backgroundColor: new vscode.ThemeColor("diffEditor.insertedTextBackground"),
      },
    },
  };
}
