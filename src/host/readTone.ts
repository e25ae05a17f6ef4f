import type * as vscode from "vscode";
import type { ToneReading } from "../shared/engineProtocol";
import { toErrorShape } from "../shared/errors";
import type { EngineClient } from "./engineClient";
import type { Log } from "./log";
import { noText, textsAt } from "./targets";

/** More than enough to hear a tone by; reading costs time. */
const readCharacters = 4000;

/**
 * The classifier's reading of what is selected; undefined if that is nothing, or if the engine sleeps
 * and is not to be woken. Only who woke it is told of failures.
 */
export async function readTone(
  editor: vscode.TextEditor | undefined,
  engine: EngineClient,
  log: Log,
  wake: boolean,
): Promise<ToneReading | undefined> {
  const text = editor ? textsAt(editor).join("\n\n").slice(0, readCharacters) : "";
  const isAwake = engine.state.kind === "ready" || engine.state.kind === "writing";
  if (text.trim() === "" && wake) log.report(noText(editor));
  if (text.trim() === "" || (!isAwake && !wake)) return undefined;
  try {
    return await engine.readTones(text);
  } catch (error) {
    if (wake) log.report(error);
    else log.debug(`The selection's tone was not read: ${toErrorShape(error).message}`);
    return undefined;
  }
}
