import type { Part } from "./dom";
import { create, setAttribute, setText } from "./dom";
import { fill } from "./format";
import type { Page } from "./page";

/** Probabilities, 0 to 1; null while nothing was read. */
export interface MeterState {
  readonly now: number | null;
  /** In the rewrite that is shown as a preview. */
  readonly then: number | null;
}

/** How much of a tone the classifier reads: a bar for the text as it is, a mark for its rewrite. */
export function toneMeter(title: string, { strings, numbers }: Page): Part<MeterState> {
  const bar = create("div", { class: "meter-bar" });
  const mark = create("div", { class: "meter-mark" });
  const track = create("div", { class: "meter-track" }, bar, mark);
  const figure = create("span", { class: "meter-figure", "aria-hidden": "true" });
  const element = create(
    "div",
    {
      class: "meter",
      role: "meter",
      "aria-label": fill(strings.meterLabel, title),
      "aria-valuemin": "0",
      "aria-valuemax": "100",
    },
    track,
    figure,
  );
  return {
    element,
    update({ now, then }) {
      const percent = numbers.percent(now ?? 0);
      bar.style.setProperty("--share", `${(now ?? 0) * 100}%`);
      mark.style.setProperty("--share", `${(then ?? 0) * 100}%`);
      mark.hidden = then === null;
      element.classList.toggle("unread", now === null);
      setAttribute(element, "aria-valuenow", String(Math.round((now ?? 0) * 100)));
      const spoken =
        now === null
          ? strings.meterUnread
          : then === null
            ? fill(strings.meterNow, percent)
            : fill(strings.meterNowAndThen, percent, numbers.percent(then));
      setAttribute(element, "aria-valuetext", spoken);
      setAttribute(element, "title", spoken);
      setText(figure, now === null ? "" : percent);
    },
  };
}
