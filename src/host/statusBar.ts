import * as vscode from "vscode";
import type { EngineClient } from "./engineClient";
import type { EngineState } from "./engineState";

/** Faster than this nobody reads. */
const updateMilliseconds = 250;

/** The one item in the status bar: how the engine is, and what one can do about it. */
export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    "tonesteer.engine",
    vscode.StatusBarAlignment.Right,
  );
  private readonly subscription: { dispose(): void };
  private shownAt = 0;

  constructor(engine: EngineClient) {
    this.item.name = "Tonesteer";
    this.show(engine.state);
    this.item.show();
    this.subscription = engine.onDidChangeState((state) => {
      const now = Date.now();
      const isProgress = state.kind === "writing" && state.tokensPerSecond > 0;
      if (isProgress && now - this.shownAt < updateMilliseconds) return;
      this.shownAt = now;
      this.show(state);
    });
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }

  private show(state: EngineState): void {
    const { text, tooltip, command } = describe(state);
    this.item.text = text;
    this.item.tooltip = tooltip;
    this.item.command = command;
    this.item.backgroundColor =
      state.kind === "failed" ? new vscode.ThemeColor("statusBarItem.errorBackground") : undefined;
    this.item.accessibilityInformation = { label: `Tonesteer: ${tooltip}`, role: "button" };
  }
}

function describe(state: EngineState): { text: string; tooltip: string; command: string } {
  switch (state.kind) {
    case "asleep":
      return {
        text: "$(edit) Tonesteer",
        tooltip: vscode.l10n.t("The engine sleeps; it starts with the first rewrite."),
        command: "tonesteer.rewriteAs",
      };
    case "loading":
      return {
        text: "$(loading~spin) Tonesteer",
        tooltip: vscode.l10n.t("The model is being loaded."),
        command: "tonesteer.showLog",
      };
    case "ready":
      return {
        text: "$(edit) Tonesteer",
        tooltip: vscode.l10n.t("The engine is ready. Rewrite the selection."),
        command: "tonesteer.rewriteAs",
      };
    case "writing":
      return {
        text:
          state.tokensPerSecond > 0
            ? vscode.l10n.t("$(loading~spin) {0} tokens/s", Math.round(state.tokensPerSecond))
            : vscode.l10n.t("$(loading~spin) Reading"),
        tooltip: vscode.l10n.t("The model is writing. Click to stop it."),
        command: "tonesteer.stop",
      };
    case "failed":
      return {
        text: "$(error) Tonesteer",
        tooltip: vscode.l10n.t("{0} Click to restart the engine.", state.message),
        command: "tonesteer.restartEngine",
      };
  }
}
