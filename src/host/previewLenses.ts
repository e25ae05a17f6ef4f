import * as vscode from "vscode";
import type { Preview, Shown } from "./preview";
import { previewScheme } from "./previewDocument";

/** The buttons above a previewed passage, in its own editor and in the diff. */
export class PreviewLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly preview: Preview) {
    this.subscriptions = [
      preview.onDidChange(() => this.changed.fire()),
      vscode.languages.registerCodeLensProvider("*", this),
    ];
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const shown = this.preview.shown;
    if (!shown) return [];
    const isSource = document === shown.target.document;
    if (!isSource && document.uri.scheme !== previewScheme) return [];
    const line = shown.target.ranges()?.[0]?.start.line ?? 0;
    const range = new vscode.Range(line, 0, line, 0);
    return buttons(shown)
      .filter(({ command }) => isSource || command !== "tonesteer.showDiff")
      .map((command) => new vscode.CodeLens(range, command));
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
    this.changed.dispose();
  }
}

function buttons({ draft, version }: Shown): vscode.Command[] {
  const count = draft.versions.length;
  return [
    { title: vscode.l10n.t("$(check) Accept"), command: "tonesteer.accept" },
    { title: vscode.l10n.t("$(close) Reject"), command: "tonesteer.reject" },
    {
      title:
        count > 1
          ? vscode.l10n.t("Next Alternative ({0} of {1})", version + 1, count)
          : vscode.l10n.t("Next Alternative"),
      command: "tonesteer.nextAlternative",
    },
    { title: vscode.l10n.t("Stronger"), command: "tonesteer.stronger" },
    { title: vscode.l10n.t("Gentler"), command: "tonesteer.gentler" },
    { title: vscode.l10n.t("Show Diff"), command: "tonesteer.showDiff" },
  ];
}
