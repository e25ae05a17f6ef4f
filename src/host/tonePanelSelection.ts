import * as vscode from "vscode";
import type { ToneReading } from "../shared/engineProtocol";
import type { PanelSelection } from "../shared/panelProtocol";
import type { EngineClient } from "./engineClient";
import type { RewriteService } from "./rewriteService";
import { countWords } from "./tonePanelState";
import { targetAt } from "./targets";
import type { LastEditor } from "./targets";
import { requireWritable } from "./writable";

const nothing: PanelSelection = {
  kind: "none",
  fileName: "",
  words: 0,
  writable: false,
  reading: null,
};

/** The person is still selecting or typing, milliseconds. */
const restBeforeLooking = 120;
const restBeforeReading = 350;

/**
 * What a rewrite would work on, followed while somebody looks at the panel, with the classifier's
 * reading of it. Reading never wakes the engine, and waits while it writes.
 */
export class TonePanelSelection implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private shown = nothing;
  private texts: readonly string[] = [];
  /** The text that `shown.reading` belongs to. */
  private readText: string | undefined;
  private look: NodeJS.Timeout | undefined;
  private read: NodeJS.Timeout | undefined;
  private watching = false;
  private round = 0;

  constructor(
    private readonly editors: LastEditor,
    private readonly service: RewriteService,
    private readonly engine: EngineClient,
  ) {
    const soon = () => this.lookSoon();
    this.subscriptions = [
      vscode.window.onDidChangeTextEditorSelection(soon),
      vscode.window.onDidChangeActiveTextEditor(soon),
      vscode.window.onDidChangeActiveNotebookEditor(soon),
      vscode.window.onDidChangeNotebookEditorSelection(soon),
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (event.document === this.editors.editor?.document) soon();
      }),
      service.onDidChangeState(({ kind }) => {
        if (kind !== "running") this.readSoon();
      }),
      engine.onDidChangeState(({ kind }) => {
        if (kind === "ready") this.readSoon();
        else if (kind === "asleep" || kind === "failed") this.forget();
      }),
    ];
  }

  get now(): PanelSelection {
    return this.shown;
  }

  /** The texts that would be rewritten, in document order. */
  get sources(): readonly string[] {
    return this.texts;
  }

  /** Nobody looks at a hidden panel, so nothing is read for it. */
  watch(visible: boolean): void {
    this.watching = visible;
    if (visible) void this.refresh();
  }

  /** Looks at the editor now. */
  async refresh(): Promise<void> {
    clearTimeout(this.look);
    const round = ++this.round;
    const found = this.find();
    if (found) found.selection.writable = await isWritable(found.document);
    if (round !== this.round) return;
    this.texts = found?.texts ?? [];
    const sameText = this.texts.join("\0") === this.readText;
    const next: PanelSelection = {
      ...(found?.selection ?? nothing),
      reading: sameText ? this.shown.reading : null,
    };
    const differs = JSON.stringify(next) !== JSON.stringify(this.shown);
    this.shown = next;
    if (differs) this.changed.fire();
    if (!sameText) this.readSoon();
  }

  dispose(): void {
    clearTimeout(this.look);
    clearTimeout(this.read);
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }

  private lookSoon(): void {
    if (!this.watching) return;
    clearTimeout(this.look);
    this.look = setTimeout(() => void this.refresh(), restBeforeLooking);
  }

  private readSoon(): void {
    clearTimeout(this.read);
    if (!this.watching || this.texts.length === 0) return;
    this.read = setTimeout(() => void this.readNow(), restBeforeReading);
  }

  private async readNow(): Promise<void> {
    const text = this.texts.join("\0");
    const mayRead = this.engine.state.kind === "ready" && this.service.state.kind !== "running";
    if (!mayRead || (text === this.readText && this.shown.reading)) return;
    const reading = await this.service.readSelection();
    if (text === this.texts.join("\0")) this.setReading(text, reading ?? null);
  }

  private forget(): void {
    this.setReading(undefined, null);
  }

  private setReading(text: string | undefined, reading: ToneReading | null): void {
    this.readText = text;
    if (JSON.stringify(reading) === JSON.stringify(this.shown.reading)) return;
    this.shown = { ...this.shown, reading };
    this.changed.fire();
  }

  private find() {
    const { editor } = this.editors;
    try {
      const target = targetAt(editor);
      const { document, name, sources } = target;
      target.dispose();
      const chosen = editor?.selections.filter((range) => !range.isEmpty).length ?? 0;
      const kind = chosen > 1 ? "several" : chosen === 1 ? "selection" : "paragraph";
      const words = sources.reduce((sum, text) => sum + countWords(text), 0);
      const selection: PanelSelection = {
        kind,
        fileName: name,
        words,
        writable: true,
        reading: null,
      };
      return { document, texts: sources, selection };
    } catch {
      return undefined; // nothing there to rewrite: the panel says so
    }
  }
}

async function isWritable(document: vscode.TextDocument): Promise<boolean> {
  try {
    await requireWritable(document);
    return true;
  } catch {
    return false;
  }
}
