import type { PanelPack, PanelState } from "../src/shared/panelProtocol";
import { dial } from "./dial";
import type { Part } from "./dom";
import { create, keyedList, setText, uniqueId } from "./dom";
import { fill, weightText } from "./format";
import type { Page } from "./page";
import { button } from "./toolkit";
import { toneMeter } from "./toneMeter";

type Tone = PanelPack["tones"][number];

/** The tones of the pack, a row each, with what turns all of them off. */
export function toneRows(page: Page): Part<PanelState> {
  const { strings } = page;
  const list = create("div", { class: "tone-list" });
  const allOff = button({
    label: strings.allOff,
    onPress: () => void page.ask("resetWeights", {}),
  });
  allOff.element.classList.add("small");
  const scale = create(
    "div",
    { class: "scale", "aria-hidden": "true" },
    create("span", {}, strings.suppress),
    create("span", {}, strings.off),
    create("span", {}, strings.promote),
  );
  const hint = create("p", { class: "hint" }, strings.tonesHint);
  const element = create(
    "fieldset",
    { class: "tones" },
    create("legend", {}, strings.tones),
    create("div", { class: "tones-head" }, hint, allOff.element),
    create("div", { class: "scale-row" }, scale),
    list,
  );
  let state: PanelState;
  const rows = keyedList<Tone, Part<Tone>>(
    list,
    (tone) => JSON.stringify(tone),
    (tone) => toneRow(tone, page, () => state),
  );
  return {
    element,
    update(next) {
      state = next;
      allOff.setDisabled(Object.values(next.weights).every((weight) => weight === 0));
      rows.update(next.pack?.tones ?? []);
    },
  };
}

function toneRow(tone: Tone, page: Page, stateNow: () => PanelState): Part<Tone> {
  const { strings, numbers } = page;
  const meaningId = uniqueId("meaning");
  const value = create("span", { class: "tone-value", "aria-hidden": "true" });
  const reset = button({
    label: "×",
    accessibleLabel: fill(strings.resetTone, tone.title),
    title: fill(strings.resetTone, tone.title),
    appearance: "icon",
    onPress: () => {
      slider.move(0);
      slider.element.focus();
    },
  });
  const slider = dial({
    minimum: -1,
    maximum: 1,
    step: 0.1,
    label: tone.title,
    describedBy: meaningId,
    speak: (weight) => weightText(weight, strings, numbers),
    onMove: (weight) => {
      setText(value, weight === 0 ? strings.off : numbers.signed(weight));
      reset.element.classList.toggle("idle", weight === 0);
      reset.setDisabled(weight === 0);
    },
    onChange: (weight) => page.ask("setWeight", { tone: tone.id, weight }),
  });
  const meter = toneMeter(tone.title, page);
  const element = create(
    "div",
    { class: "tone" },
    create("span", { class: "tone-name", "aria-hidden": "true", dir: "auto" }, tone.title),
    create("div", { class: "tone-end" }, value, reset.element),
    create("div", { class: "dial-box" }, slider.element),
    meter.element,
    create("p", { class: "tone-meaning", id: meaningId, dir: "auto" }, tone.description),
  );
  return {
    element,
    update() {
      const { weights, selection, preview } = stateNow();
      slider.setValue(weights[tone.id] ?? 0);
      const after = preview && !preview.stale ? preview.summary?.tones.after : undefined;
      meter.update({
        now: selection.reading?.[tone.id] ?? null,
        then: selection.reading ? (after?.[tone.id] ?? null) : null,
      });
    },
  };
}
