import * as vscode from "vscode";
import type { ActivePack } from "./activePack";
import type { Config } from "./config";
import { readPackHeader } from "./packFolder";

/** Lets the person choose the shipped pack or a folder; the setting decides, so that it can be seen. */
export async function chooseModel(pack: ActivePack, config: Config): Promise<void> {
  const shipped = await readPackHeader(pack.shippedFolder).catch(() => undefined);
  const own = config.now.model;
  const current = vscode.l10n.t("in use");
  const items = [
    ...(shipped
      ? [
          {
            label: shipped.title,
            description: own === "" ? current : vscode.l10n.t("shipped with Tonesteer"),
            choose: async () => "",
          },
        ]
      : []),
    ...(own !== ""
      ? [{ label: pack.header?.title ?? own, description: current, choose: async () => own }]
      : []),
    { label: vscode.l10n.t("Choose a Folder..."), description: "", choose: chooseFolder },
  ];
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t("The model that rewrites your text"),
  });
  const chosen = await picked?.choose();
  if (chosen === undefined || chosen === own) return;
  if (chosen !== "") await readPackHeader(chosen);
  await config.update("model", chosen);
}

async function chooseFolder(): Promise<string | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: vscode.l10n.t("Use This Model Pack"),
    })) ?? [];
  return folder?.fsPath;
}
