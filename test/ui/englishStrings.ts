import { build } from "esbuild";
import path from "node:path";
import { compileFunction } from "node:vm";
import type { PanelStrings } from "../../src/shared/panelStrings";
import { repository } from "../harness/places";

let strings: Promise<PanelStrings> | undefined;

/** The panel's own English texts, from the host's module; only the editor's `l10n.t` is stood in for. */
export function englishStrings(): Promise<PanelStrings> {
  return (strings ??= load());
}

async function load(): Promise<PanelStrings> {
  const { outputFiles } = await build({
    entryPoints: [path.join(repository, "src/host/tonePanelStrings.ts")],
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    external: ["vscode"],
  });
  const module = { exports: {} as { tonePanelStrings(): PanelStrings } };
  const require = () => ({ l10n: { t: (text: string) => text } });
  const run = compileFunction(outputFiles[0]!.text, ["module", "exports", "require"]);
  run(module, module.exports, require);
  return module.exports.tonePanelStrings();
}
