import * as vscode from "vscode";
import { fitsInline } from "./fitsInline";
import type { Preview, Shown } from "./preview";
import type { Target } from "./target";

export const previewScheme = "tonesteer-preview";

/**
 * The previewed document as it would be, as a read-only document of its own: the other side of the
 * diff. It follows the source and the version shown.
 */
export class PreviewDocument implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private uri: vscode.Uri | undefined;
  private followed: Target | undefined;

  constructor(private readonly preview: Preview) {
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(previewScheme, this),
      preview.onDidChange((shown) => void (shown ? this.follow(shown) : this.close())),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document === preview.shown?.target.document) this.update();
      }),
    ];
  }

  provideTextDocumentContent(): string {
    const { shown, texts } = this.preview;
    if (!shown || !texts) return "";
    const { document } = shown.target;
    const content = document.getText();
    let result = "";
    let end = 0;
    for (const [index, range] of (shown.target.ranges() ?? []).entries()) {
      result += content.slice(end, document.offsetAt(range.start)) + texts[index];
      end = document.offsetAt(range.end);
    }
    return result + content.slice(end);
  }

  /** Opens the diff of the source and the version shown. */
  async show(): Promise<void> {
    const target = this.preview.shown?.target;
    if (!target) return;
    this.uri = vscode.Uri.from({ scheme: previewScheme, path: target.document.uri.path });
    this.update();
    const title = vscode.l10n.t("{0} (rewrite)", target.name);
    await vscode.commands.executeCommand("vscode.diff", target.document.uri, this.uri, title);
  }

  /** Closes the diff and goes back to the source; does nothing when it is not open. */
  async close(): Promise<void> {
    const source = this.preview.shown?.target.document;
    this.uri = undefined;
    this.followed = undefined;
    const diffs = previewTabs();
    if (diffs.length === 0) return;
    const wasActive = diffs.some((tab) => tab.isActive);
    await vscode.window.tabGroups.close(diffs);
    if (wasActive && source && !source.isClosed) await vscode.window.showTextDocument(source);
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
    this.changed.dispose();
  }

  private update(): void {
    if (this.uri) this.changed.fire(this.uri);
  }

  /** What decorations in the source cannot show is worth a diff from the start. */
  private async follow(shown: Shown): Promise<void> {
    const isNew = shown.target !== this.followed;
    this.followed = shown.target;
    this.update();
    if (isNew && !shown.quiet && !fitsInline(shown.target, this.preview.texts ?? []))
      await this.show();
  }
}

export function previewTabs(): vscode.Tab[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.filter(
    ({ input }) =>
      input instanceof vscode.TabInputTextDiff && input.modified.scheme === previewScheme,
  );
}
