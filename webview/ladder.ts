import type { PanelLadder, PanelState } from "../src/shared/panelProtocol";
import type { Part } from "./dom";
import { create, keyedList, setText, setVisible } from "./dom";
import { fill } from "./format";
import { markedText } from "./markedText";
import type { Page } from "./page";
import { button } from "./toolkit";

interface Rung {
  readonly place: number;
  /** What the classifier reads in the rung, of the tones that are asked for. */
  readonly reading: string;
  readonly before: string | null;
  readonly rung: PanelLadder["rungs"][number];
}

/** The same text at several strengths, side by side; a press or its number's key puts one in. */
export function ladder(page: Page, focusAfter: () => HTMLElement): Part<PanelState> {
  const { strings, numbers } = page;
  const list = create("ol", { class: "rungs" });
  const keys = create("p", { class: "hint" });
  const shut = button({
    label: strings.ladderClose,
    onPress: () => void page.ask("closeLadder", {}),
  });
  const element = create(
    "section",
    { class: "ladder card", "aria-label": strings.ladderTitle },
    create("h2", {}, strings.ladderTitle),
    keys,
    list,
    create("div", { class: "buttons" }, shut.element),
  );
  const rungs = keyedList<Rung, Part<Rung>>(
    list,
    ({ place }) => String(place),
    ({ place }) => rungCard(place, page),
  );
  let count = 0;
  element.addEventListener("keydown", (event) => {
    const place = Number(event.key);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!Number.isInteger(place) || place < 1 || place > count) return;
    event.preventDefault();
    void page.ask("applyRung", { index: place - 1 });
  });
  return {
    element,
    update({ ladder: shown, pack, weights }) {
      const asked = (pack?.tones ?? []).filter(({ id }) => weights[id]);
      setVisible(element, shown !== null, focusAfter());
      count = shown?.rungs.length ?? 0;
      setText(keys, fill(strings.ladderKeys, numbers.decimal(count)));
      rungs.update(
        (shown?.rungs ?? []).map((rung, place) => ({
          place,
          rung,
          reading: asked
            .filter(({ id }) => id in rung.tones)
            .map(({ id, title }) => `${title} ${numbers.percent(rung.tones[id]!)}`)
            .join(", "),
          before: shown?.before ?? null,
        })),
      );
    },
  };
}

function rungCard(place: number, page: Page): Part<Rung> {
  const { strings, numbers } = page;
  const title = create("h3", {});
  const text = markedText("rung-text");
  const note = create("p", { class: "hint" }, strings.ladderUnchanged);
  const reading = create("p", { class: "hint" });
  const use = button({
    label: strings.ladderUse,
    onPress: () => void page.ask("applyRung", { index: place }),
  });
  const element = create("li", { class: "rung" }, title, text.element, note, reading, use.element);
  return {
    element,
    update({ rung, before, reading: read }) {
      const name = strengthText(rung.strength, page);
      setText(title, `${numbers.decimal(place + 1)}. ${name}`);
      text.show(rung.text, before);
      setVisible(note, !rung.changed);
      setText(reading, read);
      use.setDisabled(!rung.changed);
      use.setLabel(
        strings.ladderUse,
        fill(strings.ladderUseLabel, numbers.decimal(place + 1), name),
      );
    },
  };
}

function strengthText(strength: number, { strings, numbers }: Page): string {
  if (strength === 0) return strings.ladderOff;
  const template = strength > 0 ? strings.ladderPromote : strings.ladderSuppress;
  return fill(template, numbers.percent(Math.abs(strength)));
}
