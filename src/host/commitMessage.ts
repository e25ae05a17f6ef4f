import * as vscode from "vscode";
import { TonesteerError } from "../shared/errors";
import type { ToneWeights } from "../shared/steeringRequest";
import { requestFor } from "./askEngine";
import type { Config } from "./config";
import type { EngineClient } from "./engineClient";
import { tellPartly, tellUnchanged } from "./rewriteMessages";
import { summarise } from "./summarise";

/** What a menu of the source control view hands over; nothing else has a message to rewrite. */
export function hasMessage(value: unknown): value is Pick<vscode.SourceControl, "inputBox"> {
  const { inputBox } = (value ?? {}) as Partial<vscode.SourceControl>;
  return typeof inputBox?.value === "string";
}

/**
 * Rewrites the message in a source control's input box. The box is no document: it has no version,
 * so what stands in it is compared before the new text is put in.
 */
export async function rewriteMessage(
  { inputBox }: Pick<vscode.SourceControl, "inputBox">,
  weights: ToneWeights,
  engine: EngineClient,
  config: Config,
): Promise<void> {
  const text = inputBox.value;
  if (text.trim() === "") {
    throw new TonesteerError(
      "emptyText",
      vscode.l10n.t("There is no message to rewrite. Write one first."),
    );
  }
  const settings = config.now;
  const ask = { weights, strength: 1, seed: settings["generation.seed"], alternatives: 0 };
  const request = requestFor({ offset: 0, text, format: "commit" }, ask, settings);
  const result = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.SourceControl },
    () => engine.rewrite(request),
  );
  const summary = summarise("", weights, [result]);
  if (result.text === text) {
    void tellUnchanged(summary, undefined);
    return;
  }
  if (inputBox.value !== text) {
    throw new TonesteerError(
      "selectionChanged",
      vscode.l10n.t("The message was changed in the meantime, so nothing was put in. Try again."),
    );
  }
  inputBox.value = result.text;
  tellPartly(summary);
}
