import type { PanelResult, PanelState } from "../src/shared/panelProtocol";
import type { PanelStrings } from "../src/shared/panelStrings";
import type { Part } from "./dom";
import { create, setText, setVisible } from "./dom";
import { fill } from "./format";
import type { Page } from "./page";
import { reasonTexts } from "./reasons";
import { badge, button, tag } from "./toolkit";

/** What became of the last rewrite, and what to do with it. */
export function resultCard(page: Page, focusAfter: () => HTMLElement): Part<PanelState> {
  const { strings, numbers } = page;
  const headline = create("p", { class: "headline" });
  const share = badge("");
  const reasons = create("p", { class: "hint" });
  const facts = create("ul", { class: "facts" });
  const tones = create("ul", { class: "facts", "aria-label": strings.resultTones });
  const checks = create("ul", { class: "checks", "aria-label": strings.resultChecks });
  const undo = button({ label: strings.undo, onPress: () => void page.ask("undo", {}) });
  const tryAgain = button({
    label: strings.tryAgain,
    onPress: () => void page.ask("tryAgain", {}),
  });
  const stronger = button({
    label: strings.stronger,
    onPress: () => void page.ask("stronger", {}),
  });
  const gentler = button({ label: strings.gentler, onPress: () => void page.ask("gentler", {}) });
  const repeats = [tryAgain, stronger, gentler];
  const element = create(
    "section",
    { class: "result card", "aria-label": strings.resultTitle },
    create("h2", {}, strings.resultTitle),
    create("div", { class: "headline-row" }, headline, share),
    reasons,
    checks,
    tones,
    facts,
    create("div", { class: "buttons" }, undo.element, ...repeats.map((repeat) => repeat.element)),
  );
  return {
    element,
    update({ result, pack }) {
      setVisible(element, result !== null, focusAfter());
      if (!result) return;
      setText(headline, headlineText(result, page));
      const { changed, total } = result.units;
      setText(share, `${numbers.decimal(changed)}/${numbers.decimal(total)}`);
      setVisible(share, total > 1);
      setText(reasons, reasonTexts(result.reasons, strings).join(" "));
      setVisible(reasons, result.reasons.length > 0);
      showList(
        checks,
        checksOf(result).map((check) => checkItem(check, page)),
      );
      const titles = new Map(pack?.tones.map((tone) => [tone.id, tone.title]));
      showList(tones, toneItems(result, titles, page));
      showList(facts, factItems(result, page));
      undo.setDisabled(!result.canUndo);
      for (const repeat of repeats) repeat.setDisabled(!result.canRepeat);
    },
  };
}

/** "3 of 4 parts rewritten", or that all were, or none. */
export function headlineText({ units }: PanelResult, { strings, numbers }: Page): string {
  if (units.changed === 0) return strings.resultNone;
  if (units.total === 1) return strings.resultOne;
  if (units.changed === units.total) {
    return fill(strings.resultAll, numbers.decimal(units.total));
  }
  return fill(strings.resultSome, numbers.decimal(units.changed), numbers.decimal(units.total));
}

interface Check {
  readonly name: string;
  readonly passed: boolean;
  /** What was wrong, wherever it was. */
  readonly details: readonly string[];
}

/** Each check once, however many passages it was made for; what failed comes first. */
function checksOf({ checks }: PanelResult): Check[] {
  const names = [...new Set(checks.map(({ name }) => name))];
  return names
    .map((name) => {
      const failed = checks.filter((check) => check.name === name && !check.passed);
      const details = [...new Set(failed.map(({ detail }) => detail).filter(Boolean))];
      return { name, passed: failed.length === 0, details };
    })
    .sort((a, b) => Number(a.passed) - Number(b.passed));
}

function checkItem({ name, passed, details }: Check, { strings }: Page): HTMLElement {
  const outcome = passed ? strings.checkPassed : strings.checkFailed;
  const mark = create("span", { "aria-hidden": "true", class: "mark" }, passed ? "✓" : "✗");
  const said = create("span", { class: "unseen" }, `: ${outcome}`);
  const label = tag(checkTitle(name, strings));
  const item = create("li", { class: passed ? "passed" : "failed" }, mark, label, said);
  if (details.length > 0) item.append(create("span", {}, details.join(" ")));
  return item;
}

/** A newer engine may check more than this page has words for. */
function checkTitle(name: string, strings: PanelStrings): string {
  const titles: Readonly<Record<string, string>> = {
    keepers: strings.checkKeepers,
    invented: strings.checkInvented,
    chatter: strings.checkChatter,
    loop: strings.checkLoop,
    length: strings.checkLength,
    finished: strings.checkFinished,
    language: strings.checkLanguage,
    markup: strings.checkMarkup,
  };
  return Object.hasOwn(titles, name) ? titles[name]! : name;
}

/** The tones that were asked for, as the classifier reads them before and after. */
function toneItems(
  { weights, tones }: PanelResult,
  titles: ReadonlyMap<string, string>,
  { strings, numbers }: Page,
): HTMLElement[] {
  return Object.keys(weights)
    .filter((tone) => weights[tone] !== 0 && tone in tones.before && tone in tones.after)
    .map((tone) =>
      create(
        "li",
        {},
        fill(
          strings.resultTone,
          titles.get(tone) ?? tone,
          numbers.percent(tones.before[tone]!),
          numbers.percent(tones.after[tone]!),
        ),
      ),
    );
}

function factItems(result: PanelResult, { strings, numbers }: Page): HTMLElement[] {
  const { before, after } = result.characters;
  const growth = before === 0 ? 0 : after / before - 1;
  const facts = [
    fill(
      strings.resultLength,
      numbers.decimal(before),
      numbers.decimal(after),
      numbers.signedPercent(growth),
    ),
    fill(
      strings.resultSpeed,
      numbers.decimal(Math.round(result.seconds * 10) / 10),
      numbers.decimal(Math.round(result.tokensPerSecond)),
    ),
  ];
  if (result.roundTrip !== null) {
    facts.unshift(fill(strings.resultFaithful, numbers.decimal(result.roundTrip)));
  }
  return facts.map((fact) => create("li", {}, fact));
}

/** Lists here hold no controls, so they may be drawn anew; but only when they differ. */
function showList(list: HTMLElement, items: readonly HTMLElement[]): void {
  const key = items.map((item) => item.outerHTML).join("");
  if (list.dataset["key"] !== key) {
    list.dataset["key"] = key;
    list.replaceChildren(...items);
  }
  setVisible(list, items.length > 0);
}
