import { build } from "esbuild";
import path from "node:path";
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
  new Function("module", "exports", "require", outputFiles[0]!.text)(
    module,
    module.exports,
    require,
  );
  return module.exports.tonePanelStrings();
}
