import * as path from "node:path";
import type * as vscode from "vscode";
import { ActivePack } from "./host/activePack";
import { ToneCodeActions } from "./host/codeActions";
import { registerCommands } from "./host/commands";
import { Config } from "./host/config";
import { EngineClient } from "./host/engineClient";
import { Log } from "./host/log";
import { Preview } from "./host/preview";
import { PreviewDecorations } from "./host/previewDecorations";
import { PreviewDocument } from "./host/previewDocument";
import { PreviewLenses } from "./host/previewLenses";
import { RewriteRunner } from "./host/rewriteRunner";
import type { RewriteService } from "./host/rewriteService";
import { StatusBar } from "./host/statusBar";
import { LastEditor } from "./host/targets";
import { TonePanel } from "./host/tonePanel";
import { ToneStore } from "./host/toneStore";

/** What other extensions, and the tests in the editor, may use. */
export interface TonesteerApi {
  readonly rewrites: RewriteService;
  readonly engine: Pick<EngineClient, "state" | "onDidChangeState" | "processId" | "restart">;
  readonly preview: Pick<Preview, "shown" | "texts" | "onDidChange">;
  readonly store: ToneStore;
}

export function activate(context: vscode.ExtensionContext): TonesteerApi {
  const log = new Log();
  context.subscriptions.push(log);
  try {
    return build(context, log);
  } catch (error) {
    // The editor does not tell anybody that an extension failed to activate.
    log.report(error);
    throw error;
  }
}

function build(context: vscode.ExtensionContext, log: Log): TonesteerApi {
  const own = <T extends { dispose(): unknown }>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const config = own(new Config((sentence) => log.warn(sentence)));
  const store = own(new ToneStore(context.workspaceState, context.globalState));
  const pack = own(new ActivePack(config, context.extensionPath, log));
  const engine = own(
    new EngineClient({
      entry: path.join(context.extensionPath, "dist", "engine", "main.js"),
      log,
      open: () => ({
        packFolder: pack.folder,
        cacheFolder: path.join(context.globalStorageUri.fsPath, "graphs"),
        threads: config.now["engine.threads"],
      }),
      idleMinutes: () => config.now["engine.idleMinutes"],
    }),
  );
  own(
    config.onDidChange(({ before, now }) => {
      const differs = before.model !== now.model;
      if (differs || before["engine.threads"] !== now["engine.threads"]) engine.reopen();
    }),
  );
  const preview = own(new Preview());
  own(new PreviewDecorations(preview));
  own(new PreviewLenses(preview));
  const diff = own(new PreviewDocument(preview));
  const editors = own(new LastEditor());
  const rewrites = own(new RewriteRunner({ engine, config, store, preview, diff, editors, log }));
  const parts = { engine, config, store, service: rewrites, preview, editors, log, pack };
  own(new TonePanel(context.extensionUri, parts));
  own(new StatusBar(engine));
  own(registerCommands({ rewrites, store, preview, diff, pack, engine, config, log }));
  own(new ToneCodeActions(pack, store).register());
  return { rewrites, engine, preview, store };
}
