import * as v from "valibot";
import { create } from "./dom";

/** What `acquireVsCodeApi()` gives. */
export interface EditorApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

const Stored = v.object({
  open: v.array(v.string()),
  scroll: v.pipe(v.number(), v.finite(), v.minValue(0)),
});

/** The only things the page itself remembers: which parts are open and how far it is scrolled. */
export class UiState {
  private readonly open: Set<string>;
  private scroll: number;

  constructor(private readonly api: EditorApi) {
    const stored = v.safeParse(Stored, api.getState());
    this.open = new Set(stored.success ? stored.output.open : []);
    this.scroll = stored.success ? stored.output.scroll : 0;
  }

  /** A part that can be folded away, as it was left. */
  disclosure(name: string, summary: string, ...content: readonly Node[]): HTMLDetailsElement {
    const element = create("details", { class: "disclosure" }, create("summary", {}, summary));
    element.append(...content);
    element.open = this.open.has(name);
    element.addEventListener("toggle", () => {
      if (element.open) this.open.add(name);
      else this.open.delete(name);
      this.save();
    });
    return element;
  }

  /** Scrolls to where the page was left, and remembers from now on. */
  keepScroll(): void {
    window.scrollTo(0, this.scroll);
    window.addEventListener(
      "scroll",
      () => {
        this.scroll = window.scrollY;
        this.save();
      },
      { passive: true },
    );
  }

  private save(): void {
    this.api.setState({ open: [...this.open], scroll: this.scroll });
  }
}
