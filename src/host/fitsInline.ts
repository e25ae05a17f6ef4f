import * as vscode from "vscode";
import type { Target } from "./target";

/** A line of that many characters is taken to fit into the editor together with what is shown in it. */
const lineCharacters = 90;

/**
 * Whether decorations in the source can show what is put in. They never wrap: where the editor wraps
 * its lines at its own width, what is added to a long line would be cut off at its edge.
 */
export function fitsInline({ document, places }: Target, texts: readonly string[]): boolean {
  const wrap = vscode.workspace.getConfiguration("editor", document).get<string>("wordWrap");
  if (wrap === "off") return true;
  return places.every(({ text }, index) => {
    const longest = Math.max(...text.split("\n").map((line) => line.length));
    const growth = Math.max(0, texts[index]!.length - text.length);
    return longest + growth <= lineCharacters;
  });
}
