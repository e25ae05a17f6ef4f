import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser } from "../harness/browser";
import { openPanelPage } from "./panelPage";
import type { PanelPage, PanelPageOptions } from "./panelPage";
import { panelLadder, panelPreview, panelResult, panelState } from "./panelStates";

let browser: Browser;
let panel: PanelPage;
const open = async (options: PanelPageOptions = {}) =>
  (panel = await openPanelPage(browser, options));

beforeAll(async () => {
  browser = await launchBrowser();
});
afterEach(() => panel.close());
afterAll(() => browser.close());

const toned = { weights: { empathetic: 0.8 } };
const slider = (name: string) => panel.page.getByRole("slider", { name, exact: true });
const button = (name: string) => panel.page.getByRole("button", { name, exact: true });
const askedFor = (name: string) =>
  panel.asked.filter((ask) => ask.name === name).map(({ params }) => params);

describe("a tone's slider", () => {
  test("goes by keys, says what it does, and 0 turns it off", async () => {
    await open();
    const { page } = panel;
    await slider("Empathetic").focus();
    expect(await slider("Empathetic").getAttribute("aria-valuetext")).toBe("off");
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => askedFor("setWeight")).toEqual([{ tone: "empathetic", weight: 0.1 }]);
    expect(await slider("Empathetic").getAttribute("aria-valuetext")).toBe("promote, 0.1");
    await page.keyboard.press("Home");
    await expect.poll(() => panel.state.weights["empathetic"]).toBe(-1);
    expect(await slider("Empathetic").getAttribute("aria-valuetext")).toBe("suppress, 1");
    await page.keyboard.press("0");
    await expect.poll(() => panel.state.weights["empathetic"]).toBe(0);
    expect(await slider("Empathetic").inputValue()).toBe("0");
  });

  test("stays in the hand that drags it, whatever the host says meanwhile", async () => {
    await open({ delay: 80 });
    const { page } = panel;
    const box = (await slider("Expert").boundingBox())!;
    const middle = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width / 2, middle);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, middle, { steps: 4 });
    const held = await slider("Expert").inputValue();
    expect(Number(held)).toBeGreaterThan(0.3);
    panel.tell({ weights: { expert: -1, casual: 0.5 } });
    await expect.poll(() => slider("Casual").inputValue()).toBe("0.5");
    expect(await slider("Expert").inputValue()).toBe(held);
    await page.mouse.up();
    // Released and answered: the host's word counts again.
    panel.tell({ weights: { expert: -0.7 } });
    await expect.poll(() => slider("Expert").inputValue()).toBe("-0.7");
  });

  test("tells the host where it ended, though not of every pixel", async () => {
    await open();
    const { page } = panel;
    const box = (await slider("Concise").boundingBox())!;
    const middle = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width / 2, middle);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 2, middle, { steps: 30 });
    await page.mouse.up();
    await expect.poll(() => panel.state.weights["concise"]).toBe(1);
    expect(askedFor("setWeight").length).toBeLessThan(20);
  });

  test("goes back when the host refuses", async () => {
    await open({
      onAsk: (name) => {
        if (name === "setWeight") throw new Error("The model has no such tone.");
      },
    });
    await slider("Casual").focus();
    await panel.page.keyboard.press("ArrowRight");
    await panel.page.getByRole("alert").getByText("The model has no such tone.").waitFor();
    await expect.poll(() => slider("Casual").inputValue()).toBe("0");
  });

  test("is turned off by its own button, and keeps the focus in its row", async () => {
    await open({ state: toned });
    await button("Turn Empathetic off").click();
    await expect.poll(() => panel.state.weights["empathetic"]).toBe(0);
    await panel.page.keyboard.press("ArrowLeft");
    await expect.poll(() => panel.state.weights["empathetic"]).toBe(-0.1);
  });
});

describe("a new state", () => {
  test("takes neither the focus nor what is half typed", async () => {
    await open({ state: toned });
    const { page } = panel;
    await page.getByText("Save and manage presets").click();
    await page.locator(".presets vscode-text-field").first().click();
    await page.keyboard.type("My na");
    panel.tell({ weights: { expert: 0.3 }, result: panelResult(), presets: [] });
    await page.getByText("3 of 4 parts rewritten").first().waitFor();
    await page.keyboard.type("me");
    await page.keyboard.press("Enter");
    await expect.poll(() => askedFor("savePreset")).toEqual([{ name: "My name" }]);
  });

  test("that is older than the one shown is dropped", async () => {
    await open();
    panel.tell({ weights: { casual: 0.4 } });
    await expect.poll(() => slider("Casual").inputValue()).toBe("0.4");
    panel.channel.emit("didChangeState", { ...panelState(), revision: 0 });
    panel.tell({ live: true });
    await expect
      .poll(() => panel.page.getByRole("checkbox", { name: "Live" }).getAttribute("aria-checked"))
      .toBe("true");
    expect(await slider("Casual").inputValue()).toBe("0.4");
  });

  test("of a hostile shape changes nothing", async () => {
    await open({ state: toned });
    const event = (params: unknown) => ({ type: "event", name: "didChangeState", params });
    const hostile = [
      "text",
      { type: "eval", code: "document.body.remove()" },
      event({ ...panelState(), revision: 99, notice: { html: "<b>" } }),
      event({ ...panelState(), revision: 99, weights: { empathetic: 7 } }),
      { type: "event", name: "constructor", params: {} },
      { type: "result", id: 0, value: { strings: {}, state: {} } },
    ];
    for (const message of hostile) await panel.post(message);
    await expect.poll(() => panel.refused.length).toBe(5);
    expect(await slider("Empathetic").inputValue()).toBe("0.8");
    panel.refused.length = 0;
  });

  test("with markup in its texts shows the markup as text", async () => {
    const markup = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    await open({
      state: {
        ...toned,
        notice: markup,
        preview: { ...panelPreview(), texts: { before: "", after: markup } },
      },
    });
    expect(await panel.page.getByRole("alert").textContent()).toBe(markup);
    expect(await panel.page.locator(".preview-text").textContent()).toBe(markup);
    expect(await panel.page.locator("main img").count()).toBe(0);
    expect(await panel.page.title()).toBe("Tones");
  });
});

describe("what is asked of the host", () => {
  test("Rewrite waits for a tone, and says so", async () => {
    await open();
    await panel.page.getByText("Move a tone away from off first.").waitFor();
    expect(await button("Rewrite").isDisabled()).toBe(true);
    panel.tell(toned);
    await expect.poll(() => button("Rewrite").isDisabled()).toBe(false);
    await button("Rewrite").focus();
    await panel.page.keyboard.press("Enter");
    await expect.poll(() => askedFor("rewrite")).toEqual([{}]);
  });

  test("text appears as it is written; Escape stops, and the focus stays in the panel", async () => {
    await open({ state: { ...toned, run: { kind: "rewrite", progress: null } } });
    const { page } = panel;
    panel.channel.emit("didWrite", {
      place: 0,
      places: 1,
      passage: 1,
      passages: 3,
      written: "We are sorry that",
      tokensPerSecond: 41.2,
    });
    await page.getByText("We are sorry that").waitFor();
    await page.getByText("passage 2 of 3 · 41 tokens a second").waitFor();
    await button("Stop").focus();
    await page.keyboard.press("Escape");
    await expect.poll(() => askedFor("stop")).toEqual([{}]);
    panel.tell({ run: null });
    await page.locator(".run").waitFor({ state: "hidden" });
    const focused = page.locator("vscode-button:focus");
    expect(await focused.textContent()).toBe("Rewrite");
  });

  test("a number key puts that step of the ladder in", async () => {
    await open({ state: { ...toned, ladder: panelLadder() } });
    await button("Use This: number 4, promote 50%").focus();
    await panel.page.keyboard.press("2");
    await button("Use This: number 5, promote 100%").click();
    await expect.poll(() => askedFor("applyRung")).toEqual([{ index: 1 }, { index: 4 }]);
    await button("Close the Ladder").click();
    await expect.poll(() => askedFor("closeLadder")).toEqual([{}]);
    expect(await button("Use This: number 1, suppress 100%").isDisabled()).toBe(true);
  });

  test("a preview is put in, left, or followed by the next version", async () => {
    await open({ state: { ...toned, preview: panelPreview() } });
    const { page } = panel;
    expect(await page.locator(".preview-text mark").allTextContents()).toContain("Please");
    for (const name of ["Next Version (1 of 3)", "Discard", "Apply"]) await button(name).click();
    await expect
      .poll(() => panel.asked.map(({ name }) => name))
      .toEqual(["nextAlternative", "discardPreview", "applyPreview"]);
    panel.tell({ preview: null });
    await page.locator(".preview").waitFor({ state: "hidden" });
    expect(await page.locator("vscode-button:focus").textContent()).toBe("Rewrite");
  });

  test("the result's card undoes, repeats, and goes stronger and gentler", async () => {
    await open({ state: { ...toned, result: panelResult() } });
    for (const name of ["Undo", "Try Again", "Stronger", "Gentler"]) await button(name).click();
    await expect
      .poll(() => panel.asked.map(({ name }) => name))
      .toEqual(["undo", "tryAgain", "stronger", "gentler"]);
    panel.tell({ result: { ...panelResult(), canUndo: false, canRepeat: false } });
    await expect.poll(() => button("Undo").isDisabled()).toBe(true);
    expect(await button("Stronger").isDisabled()).toBe(true);
  });

  test("the result's card tells of each check once, failed ones first", async () => {
    await open({ state: { ...toned, result: panelResult() } });
    const checks = panel.page.getByRole("list", { name: "Checks" }).getByRole("listitem");
    expect(await checks.allTextContents()).toEqual([
      "✗all kept: failedMay is missing.",
      "✓nothing invented: passed",
      "✓something new: passed",
    ]);
  });

  test("presets are applied, renamed and deleted; shipped ones only applied", async () => {
    await open({ state: toned });
    const { page } = panel;
    await button("Apply preset Kind reply").click();
    await page.getByText("Save and manage presets").click();
    expect(await page.getByRole("button", { name: "Delete: Kind reply" }).count()).toBe(0);
    await button("Rename: Mine").click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("Ours");
    await page.keyboard.press("Enter");
    await button("Delete: Mine").click();
    await expect
      .poll(() => panel.asked)
      .toEqual([
        { name: "applyPreset", params: { id: "Kind reply" } },
        { name: "renamePreset", params: { id: "Mine", name: "Ours" } },
        { name: "deletePreset", params: { id: "Mine" } },
      ]);
  });

  test("an engine that is not well says what to do", async () => {
    const message = "The engine stopped unexpectedly 4 times. Look at the log, then restart it.";
    await open({ state: { engine: { state: "failed", reason: "engineCrashed", message } } });
    await panel.page.getByText(message).waitFor();
    await button("Restart Engine").click();
    await button("Show Log").click();
    panel.tell({ engine: { state: "asleep", reason: null, message: "" } });
    await button("Wake").click();
    await expect
      .poll(() => askedFor("act"))
      .toEqual(["restartEngine", "showLog", "wakeEngine"].map((action) => ({ action })));
  });
});

describe("Advanced", () => {
  const openAdvanced = async (options: PanelPageOptions = {}) => {
    await open(options);
    await panel.page.getByText("Advanced", { exact: true }).click();
  };
  const choose = async (list: string, option: string) => {
    await panel.page.getByRole("combobox", { name: list }).click();
    await panel.page.getByRole("option", { name: option }).click();
  };

  test("steers at the calibrated layers, at one depth, or at layers by number", async () => {
    await openAdvanced();
    const { page } = panel;
    await choose("Where to steer", "One layer depth");
    await slider("Layer depth").press("End");
    await expect.poll(() => panel.state.steering.layerDepth).toBe(1);
    expect(await slider("Layer depth").getAttribute("aria-valuetext")).toBe(
      "100% of the depth, layer 26",
    );
    await choose("Where to steer", "Chosen layers");
    const field = page.locator(".advanced vscode-text-field");
    await field.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("12, 13");
    await page.keyboard.press("Enter");
    await page.getByText("Give one or more of these numbers").waitFor();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("20 8");
    await page.keyboard.press("Enter");
    await expect.poll(() => panel.state.steering.sites).toEqual([8, 20]);
    await page.getByRole("img", { name: /Steered: 8, 20/ }).waitFor();
    await choose("Where to steer", "As calibrated: layers 12, 16, 20");
    await expect.poll(() => panel.state.steering).toMatchObject({ sites: null, layerDepth: null });
  });

  test("gives the strength in percent of the ceiling, and every method a meaning", async () => {
    await openAdvanced();
    const { page } = panel;
    await page.getByRole("checkbox", { name: "As calibrated for the chosen tones" }).click();
    await slider("Strength").press("End");
    await expect.poll(() => panel.state.steering.alphaShare).toBe(1);
    await choose("Method", "Fixed direction");
    await page.getByText("Adds one fixed direction a tone").waitFor();
    await choose("Steps", "3");
    await choose("Fidelity", "Balanced");
    await expect
      .poll(() => panel.state.steering)
      .toMatchObject({ method: "direction", steps: 3, fidelity: "balanced" });
  });

  test("stays open when the page is built anew, with what the plot shows as a table", async () => {
    await openAdvanced();
    const { page } = panel;
    await page.getByText("Show as a table").click();
    await page.reload();
    await page.getByRole("rowheader", { name: "22" }).waitFor();
    expect(await page.getByRole("row", { name: "22 78%" }).count()).toBe(1);
  });
});

describe("without something to work with", () => {
  test("the panel shows the way to a model", async () => {
    await open({ state: { pack: null } });
    await button("Choose Model").click();
    await expect.poll(() => askedFor("act")).toEqual([{ action: "chooseModel" }]);
    expect(await panel.page.getByRole("slider").count()).toBe(0);
  });

  test("the panel shows the way to a text", async () => {
    const { selection } = panelState();
    await open({ state: { ...toned, selection: { ...selection, kind: "none", reading: null } } });
    await panel.page.getByText("Nothing to rewrite yet").waitFor();
    expect(await button("Rewrite").isDisabled()).toBe(true);
    expect(await panel.page.getByRole("meter").count()).toBe(0);
  });
});

test("the meter gives the reading of the text and of its preview", async () => {
  await open({ state: { ...toned, preview: panelPreview() } });
  const meter = panel.page.getByRole("meter", { name: "Empathetic in the text" });
  expect(await meter.getAttribute("aria-valuenow")).toBe("8");
  expect(await meter.getAttribute("aria-valuetext")).toBe("8% now, 81% rewritten");
  panel.tell({ preview: { ...panelPreview(), stale: true } });
  await expect.poll(() => meter.getAttribute("aria-valuetext")).toBe("8% now");
});

test("what began and ended is said to a screen reader", async () => {
  await open({ state: toned });
  const said = panel.page.locator(".unseen[role=status]");
  panel.tell({ run: { kind: "rewrite", progress: null } });
  await expect.poll(() => said.textContent()).toBe("Rewriting");
  panel.tell({ run: null, result: panelResult() });
  await expect.poll(() => said.textContent()).toBe("3 of 4 parts rewritten");
});

test("nothing moves for people who want less motion", async () => {
  await open({ reducedMotion: true });
  const bar = panel.page.locator(".meter-bar").first();
  const duration = await bar.evaluate(
    (element) =>
      (
        globalThis as unknown as { getComputedStyle(e: unknown): { transitionDuration: string } }
      ).getComputedStyle(element).transitionDuration,
  );
  expect(duration).toBe("0s");
});
