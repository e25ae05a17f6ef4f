import * as vscode from "vscode";
import { toErrorShape } from "../shared/errors";
import type { ErrorReason, ErrorShape } from "../shared/errors";

/** A button under a message. */
export interface Remedy {
  readonly title: string;
  readonly run: () => unknown;
}

/** The log channel, and the one way in which failures reach the person. */
export class Log implements vscode.Disposable {
  readonly channel = vscode.window.createOutputChannel("Tonesteer", { log: true });

  debug(message: string): void {
    this.channel.debug(message);
  }

  info(message: string): void {
    this.channel.info(message);
  }

  warn(message: string): void {
    this.channel.warn(message);
  }

  error(message: string): void {
    this.channel.error(message);
  }

  show(): void {
    this.channel.show();
  }

  /** Logs, and tells the person with a next step. Cancelling is silent: it was asked for. */
  report(error: unknown, first: readonly Remedy[] = []): ErrorShape {
    const shape = toErrorShape(error);
    if (shape.reason === "cancelled" || shape.reason === "replaced") return shape;
    this.channel.error(`${shape.reason}: ${shape.message}`);
    if (shape.reason === "internal" || shape.reason === "protocol")
      this.channel.error(String((error as Error)?.stack ?? error));
    void this.tell(sentenceFor(shape), [...first, ...remedies(shape.reason)]);
    return shape;
  }

  dispose(): void {
    this.channel.dispose();
  }

  private async tell(sentence: string, offered: readonly Remedy[]): Promise<void> {
    const chosen = await vscode.window.showErrorMessage(
      sentence,
      ...offered.map(({ title }) => title),
    );
    await offered.find(({ title }) => title === chosen)?.run();
  }
}

/** The engine's sentence says what happened; for some reasons people need more than that. */
function sentenceFor({ reason, message }: ErrorShape): string {
  switch (reason) {
    case "nativeLoadFailed":
      return vscode.l10n.t(
        "The model's runtime could not be loaded on this computer ({0}). Install the Tonesteer package made for this system.",
        message,
      );
    case "outOfMemory":
      return vscode.l10n.t(
        "There is not enough memory for the model. Close other programs or select less text, then try again.",
      );
    case "internal":
    case "protocol":
      return vscode.l10n.t(
        "Something went wrong in Tonesteer: {0} The text is unchanged.",
        message,
      );
    default:
      return message;
  }
}

function remedies(reason: ErrorReason): readonly Remedy[] {
  const run = (title: string, command: string, ...args: unknown[]): Remedy => ({
    title,
    run: () => vscode.commands.executeCommand(command, ...args),
  });
  const showLog = run(vscode.l10n.t("Show Log"), "tonesteer.showLog");
  const restart = run(vscode.l10n.t("Restart Engine"), "tonesteer.restartEngine");
  const choose = run(vscode.l10n.t("Choose Model"), "tonesteer.chooseModel");
  switch (reason) {
    case "engineCrashed":
    case "engineStopped":
    case "outOfMemory":
      return [restart, showLog];
    case "modelMissing":
    case "modelCorrupt":
    case "modelUnsupported":
      return [choose, showLog];
    case "nativeLoadFailed":
    case "diskFailed":
    case "internal":
    case "protocol":
      return [showLog];
    case "badRequest":
      return [
        run(
          vscode.l10n.t("Open Settings"),
          "workbench.action.openSettings",
          "@ext:tonesteer.tonesteer",
        ),
      ];
    case "emptyText":
    case "textTooLong":
    case "selectionChanged":
    case "readOnly":
    case "replaced":
    case "cancelled":
      return [];
  }
}
