import * as vscode from "vscode";
import { formatToneExpression } from "../shared/toneExpression";
import type { ActivePack } from "./activePack";
import type { ToneStore } from "./toneStore";

const rewrite = vscode.CodeActionKind.RefactorRewrite.append("tonesteer");

/** The light bulb over selected text: one action a tone, and the panel's mixture. */
export class ToneCodeActions implements vscode.CodeActionProvider {
  constructor(
    private readonly pack: ActivePack,
    private readonly store: ToneStore,
  ) {}

  register(): vscode.Disposable {
    return vscode.languages.registerCodeActionsProvider("*", this, {
      providedCodeActionKinds: [rewrite],
    });
  }

  async provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range | vscode.Selection,
    context: vscode.CodeActionContext,
  ): Promise<vscode.CodeAction[]> {
    // Without a selection every line of every document would have a bulb.
    if (range.isEmpty || document.getText(range).trim() === "") return [];
    if (context.only && !context.only.intersects(rewrite)) return [];
    await this.pack.ready;
    const panel = this.store.weights;
    const mixture = formatToneExpression(panel);
    return [
      ...this.pack.tones.map(({ id, title }) =>
        action(vscode.l10n.t("Rewrite as {0}", title), rewrite.append(id), { [id]: 1 }),
      ),
      ...(mixture === ""
        ? []
        : [action(vscode.l10n.t("Rewrite as {0}", mixture), rewrite.append("panel"), panel)]),
    ];
  }
}

function action(title: string, kind: vscode.CodeActionKind, weights: object): vscode.CodeAction {
  const made = new vscode.CodeAction(title, kind);
  made.command = { title, command: "tonesteer.rewriteAs", arguments: [weights] };
  return made;
}
