import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { Channel } from "../shared/channel";
import type { Wire } from "../shared/channel";
import { panelHostContract, panelPageContract } from "../shared/panelProtocol";
import type { PanelHostContract, PanelPageContract } from "../shared/panelProtocol";
import { tonePanelHandlers } from "./tonePanelHandlers";
import { TonePanelModel } from "./tonePanelModel";
import type { TonePanelParts } from "./tonePanelModel";
import { tonePanelPage } from "./tonePanelPage";

type PanelChannel = Channel<PanelHostContract, PanelPageContract>;

/**
 * The tone panel in the sidebar. The editor takes its page away whenever it is hidden and lets it be
 * built again; this provider, and with it the truth, stays.
 */
export class TonePanel implements vscode.WebviewViewProvider, vscode.Disposable {
  static readonly viewId = "tonesteer.tones";

  private readonly model: TonePanelModel;
  private readonly subscriptions: vscode.Disposable[];
  private channel: PanelChannel | undefined;
  private telling: NodeJS.Immediate | undefined;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly parts: TonePanelParts,
  ) {
    this.model = new TonePanelModel(parts);
    this.subscriptions = [
      this.model,
      this.model.onDidChange(() => this.tellSoon()),
      this.model.onDidProgress((progress) => this.channel?.emit("didWrite", progress)),
      vscode.window.registerWebviewViewProvider(TonePanel.viewId, this),
    ];
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    const folder = vscode.Uri.joinPath(this.extensionUri, "dist", "webview");
    const { webview } = view;
    webview.options = { enableScripts: true, localResourceRoots: [folder] };

    this.channel?.dispose();
    const channel: PanelChannel = new Channel(
      wireTo(webview),
      panelHostContract,
      panelPageContract,
      tonePanelHandlers(this.model),
      {},
      (why) => this.parts.log.warn(`The panel: ${why}`),
    );
    this.channel = channel;
    this.model.selection.watch(view.visible);
    view.onDidChangeVisibility(() => this.model.selection.watch(view.visible));
    view.onDidDispose(() => {
      channel.dispose();
      if (this.channel !== channel) return;
      this.channel = undefined;
      this.model.selection.watch(false);
    });

    const address = (file: string) =>
      webview.asWebviewUri(vscode.Uri.joinPath(folder, file)).toString();
    webview.html = tonePanelPage({
      nonce: randomBytes(16).toString("hex"),
      styleNonce: randomBytes(16).toString("hex"),
      script: address("panel.js"),
      style: address("panel.css"),
      source: webview.cspSource,
      language: vscode.env.language,
      title: vscode.l10n.t("Tones"),
      loading: vscode.l10n.t("The tones are coming."),
    });
  }

  dispose(): void {
    clearImmediate(this.telling);
    this.channel?.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** Many things change at once; the page hears of them once. */
  private tellSoon(): void {
    this.telling ??= setImmediate(() => {
      this.telling = undefined;
      this.channel?.emit("didChangeState", this.model.state());
    });
  }
}

function wireTo(webview: vscode.Webview): Wire {
  return {
    // A page that is hidden loses messages; it asks for the whole state when it is back.
    post: (message) => void webview.postMessage(message),
    listen(listener) {
      const subscription = webview.onDidReceiveMessage(listener);
      return () => void subscription.dispose();
    },
  };
}
