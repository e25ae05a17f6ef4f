import * as vscode from "vscode";
import type { RewriteProgress } from "../shared/engineProtocol";
import type { Target } from "./target";

/** Faster than this nobody reads, and each update crosses to the editor's window. */
const updateMilliseconds = 80;
/** Progress that is over sooner is not worth a notification. */
const notifyAfterMilliseconds = 1500;
const shownCharacters = 90;

const waiting = vscode.window.createTextEditorDecorationType({
  opacity: "0.55",
  isWholeLine: false,
});
const ghost = vscode.window.createTextEditorDecorationType({});

/**
 * Shows a rewrite while it is written: the passage fades and the newest words appear behind it as a
 * decoration, so that nothing unfinished is ever in the document. A notification with Cancel follows
 * if it takes long.
 */
export class RewriteProgressView implements vscode.Disposable {
  private lastUpdate = 0;
  private done: () => void = () => {};
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly editors = new Set<vscode.TextEditor>();

  constructor(
    private readonly target: Target,
    stop: () => void,
    quiet: boolean,
  ) {
    this.draw(0, "");
    if (!quiet) this.timer = setTimeout(() => this.notify(stop), notifyAfterMilliseconds);
  }

  update(place: number, progress: RewriteProgress): void {
    const now = Date.now();
    if (now - this.lastUpdate < updateMilliseconds) return;
    this.lastUpdate = now;
    this.draw(place, progress.written);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.done();
    for (const editor of this.editors) {
      editor.setDecorations(waiting, []);
      editor.setDecorations(ghost, []);
    }
  }

  private draw(place: number, written: string): void {
    const ranges = this.target.ranges() ?? [];
    const at = ranges[place];
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document !== this.target.document) continue;
      this.editors.add(editor);
      editor.setDecorations(waiting, ranges);
      editor.setDecorations(ghost, at && written !== "" ? [ghostText(at, written)] : []);
    }
  }

  private notify(stop: () => void): void {
    void vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t("Rewriting {0}", this.target.name),
        cancellable: true,
      },
      (_, token) => {
        token.onCancellationRequested(stop);
        return new Promise<void>((resolve) => (this.done = resolve));
      },
    );
  }
}

function ghostText(range: vscode.Range, written: string): vscode.DecorationOptions {
  const line = written.replace(/\s+/gu, " ").trim();
  const shown = line.length > shownCharacters ? `…${line.slice(-shownCharacters)}` : line;
  return {
    range: new vscode.Range(range.end, range.end),
    renderOptions: {
      after: {
        contentText: `  ${shown}`,
        color: new vscode.ThemeColor("editorGhostText.foreground"),
        fontStyle: "italic",
      },
    },
  };
}
