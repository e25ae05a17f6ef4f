import fs from "node:fs";
import path from "node:path";
import type { Frame, FrameLocator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  editorText,
  openFile,
  openWorkbench,
  runCommand,
  screenshot,
  webviewFrame,
} from "../harness/workbench";
import type { Workbench } from "../harness/workbench";
import { violations } from "./axe";

/** The tone panel in the real workbench, with the shipped model behind it. One editor for all tests. */

// Short, so that even a busy machine writes it in seconds.
const paragraph = "The payment failed. You have to send the form again.";
const letter = `# Letter\n\n${paragraph}\n`;

let workbench: Workbench;
let page: Page;
let panel: FrameLocator;

const slider = (name: string) => panel.getByRole("slider", { name, exact: true });
const button = (name: string) => panel.getByRole("button", { name, exact: true });
const patient = { timeout: 90_000 };
const text = async () => (await editorText(page)).replace(/\s+/gu, " ");

beforeAll(async () => {
  workbench = await openWorkbench({
    files: { "letter.md": letter },
    viewport: { width: 1280, height: 1500 },
    // Whether the model keeps the meaning is not what is tested here.
    settings: {
      "tonesteer.fidelity": "free",
      "tonesteer.alternatives": 0,
      "editor.wordWrap": "on",
    },
  });
  ({ page } = workbench);
  page.setDefaultTimeout(60_000);
  panel = webviewFrame(page);
  await openFile(page, "letter.md");
  await page.locator(".view-line", { hasText: "payment" }).first().click();
});

afterAll(async () => {
  await screenshot(page, "tone-panel-end");
  await workbench.close();
});

/** What has the focus in the panel: its label or its text. */
async function focused(): Promise<string> {
  const frame = await panelFrame();
  return frame.evaluate(`(() => {
    const at = document.activeElement;
    return at?.getAttribute("aria-label") ?? at?.textContent ?? "";
  })()`);
}

async function panelFrame(): Promise<Frame> {
  const body = await panel.locator("body").elementHandle();
  return (await body!.ownerFrame())!;
}

async function tabTo(label: string): Promise<void> {
  for (let step = 0; step < 60; step++) {
    if ((await focused()) === label) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never reached "${label}".`);
}

describe("by the keyboard alone", () => {
  test("the panel opens, a tone is set, and the paragraph at the cursor is rewritten", async () => {
    await runCommand(page, "Tonesteer: Focus on Tones View");
    await panel
      .getByText(`Paragraph at the cursor: ${paragraph.split(" ").length} words in letter.md`)
      .waitFor();
    await tabTo("Empathetic");
    for (let step = 0; step < 8; step++) await page.keyboard.press("ArrowRight");
    expect(await slider("Empathetic").getAttribute("aria-valuetext")).toBe("promote, 0.8");
    await tabTo("Rewrite");
    await page.keyboard.press("Enter");
    await panel.locator(".result").waitFor(patient);
    expect(await panel.locator(".headline").textContent()).toMatch(/rewritten/iu);
    expect(await text()).not.toContain(paragraph);
    expect(await text()).toContain("# Letter");
  });

  test("the meter reads the text that stands there now", async () => {
    const meter = panel.getByRole("meter", { name: "Empathetic in the text" });
    await expect.poll(() => meter.getAttribute("aria-valuetext"), patient).toMatch(/% now/);
  });

  test("Undo gives the old paragraph back", async () => {
    await tabTo("Undo");
    await page.keyboard.press("Enter");
    await expect.poll(text, patient).toContain(paragraph);
    await expect.poll(() => button("Undo").isDisabled()).toBe(true);
  });
});

describe("by the mouse", () => {
  test("Live turns a slider into a preview, which one click puts in", async () => {
    await button("All Off").click();
    await panel.getByRole("checkbox", { name: "Live" }).click();
    const box = (await slider("Concise").boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.9, box.y + box.height / 2, { steps: 5 });
    const moved = Date.now();
    await page.mouse.up();
    await panel.locator(".preview-text").waitFor(patient);
    console.log(`Live: the preview stood ${Date.now() - moved} ms after the slider.`);
    expect(await text()).toContain(paragraph);
    const shown = (await panel.locator(".preview-text").textContent())!;
    expect(shown).not.toBe(paragraph);
    await panel.getByRole("checkbox", { name: "Live" }).click();
    await button("Apply").click();
    await expect.poll(text, patient).toContain(shown.replace(/\s+/gu, " ").trim());
    await button("Undo").click();
    await expect.poll(text, patient).toContain(paragraph);
  });

  test("the ladder shows five strengths and puts one in", async () => {
    await button("Apply preset Kind reply").click();
    await expect.poll(() => slider("Helpful").inputValue()).toBe("0.5");
    await button("Ladder").click();
    await expect.poll(() => panel.locator(".rung").count(), patient).toBe(5);
    await screenshot(page, "tone-panel-ladder");
    const usable = panel.locator(".rung vscode-button:not([disabled])").last();
    await usable.click();
    await expect.poll(text, patient).not.toContain(paragraph);
    await page.locator(".view-line").first().click();
    await page.keyboard.press("Control+z");
    await expect.poll(text, patient).toContain(paragraph);
  });

  test("presets are saved under a name", async () => {
    await panel.getByText("Save and manage presets").click();
    await panel.locator(".presets vscode-text-field").first().click();
    await page.keyboard.type("Soft landing");
    await page.keyboard.press("Enter");
    await button("Apply preset Soft landing").waitFor();
  });

  test("presets go to a file, are deleted once that is confirmed, and come back from the file", async () => {
    const file = path.join(workbench.folder, "presets.json");
    await button("Export...").click();
    await answerDialog(file);
    await expect.poll(() => fs.existsSync(file), patient).toBe(true);
    const saved = JSON.parse(fs.readFileSync(file, "utf8"));
    expect(saved.presets).toContainEqual({
      name: "Soft landing",
      weights: { empathetic: 1, helpful: 0.5 },
    });
    await button("Delete: Soft landing").click();
    await page.locator(".monaco-dialog-box").getByRole("button", { name: "Delete" }).click();
    await button("Apply preset Soft landing").waitFor({ state: "detached" });
    await button("Import...").click();
    await answerDialog(file);
    await button("Apply preset Soft landing").waitFor();
  });
});

/** The editor's simple file dialog: a path and Enter. It writes into its field itself at first. */
async function answerDialog(file: string): Promise<void> {
  const input = page.locator('.quick-input-widget input[type="text"]').first();
  await input.waitFor();
  await expect.poll(() => input.inputValue(), patient).toContain(path.dirname(file));
  let calm = 0;
  await expect
    .poll(async () => {
      calm = (await input.inputValue()) === file ? calm + 1 : 0;
      if (calm === 0) await input.fill(file);
      return calm;
    }, patient)
    .toBeGreaterThan(3);
  await page.keyboard.press("Enter");
  await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
}

test("messages of no known shape are refused, and change nothing", async () => {
  const frame = await panelFrame();
  const hostile = [
    { type: "request", id: 9001, name: "setWeight", params: { tone: "empathetic", weight: 50 } },
    { type: "request", id: 9002, name: "setWeight", params: { tone: "sarcastic", weight: 1 } },
    { type: "request", id: 9003, name: "act", params: { action: "workbench.action.closeWindow" } },
    { type: "request", id: 9004, name: "setSteering", params: { model: "/tmp/other" } },
    { type: "request", id: 9005, name: "__proto__", params: {} },
    "resetWeights",
    { nested: { very: ["odd"] } },
  ];
  // The way on which the editor's own script passes on what a page posts.
  const outer = frame.parentFrame()!;
  const postToHost = (message: unknown) =>
    outer.evaluate(`__vscode_post_message__("onmessage", { message: ${JSON.stringify(message)} })`);
  for (const message of hostile) {
    await postToHost(message);
    await frame.evaluate(`window.postMessage(${JSON.stringify(message)}, "*")`);
  }
  // An honest one on the same way arrives, so the others did too.
  const honest = { tone: "casual", weight: 0.1 };
  await postToHost({ type: "request", id: 9100, name: "setWeight", params: honest });
  await expect.poll(() => slider("Casual").getAttribute("aria-valuetext")).toBe("promote, 0.1");
  expect(await slider("Empathetic").inputValue()).toBe("1");
  expect(await slider("Helpful").inputValue()).toBe("0.5");
});

test("hiding the panel loses nothing", async () => {
  await page.locator('.activitybar a[aria-label^="Explorer"]').first().click();
  await panel.locator("main").waitFor({ state: "detached" });
  await page.locator('.activitybar a[aria-label^="Tonesteer"]').first().click();
  await expect.poll(() => slider("Casual").inputValue(), patient).toBe("0.1");
  // What was folded out still is.
  await panel
    .getByText("Your presets")
    .or(panel.getByRole("button", { name: "Import..." }))
    .first()
    .waitFor();
});

test("a reload loses nothing, and axe finds nothing wrong in the page as it is there", async () => {
  await page.reload();
  await expect.poll(() => slider("Helpful").inputValue(), patient).toBe("0.5");
  await button("Apply preset Soft landing").waitFor();
  await screenshot(page, "tone-panel-reloaded");
  const frame = await panelFrame();
  // The page lets the sidebar shine through, which axe cannot see past the frame.
  await frame.evaluate(
    'document.body.style.setProperty("background", "var(--vscode-sideBar-background)")',
  );
  expect(await violations(frame)).toEqual([]);
});

test("nothing was asked of any other machine", () => {
  // Under this name the editor's own service worker hands out the extension's files.
  const files = /^https:\/\/[\w.+-]+\.vscode-resource\.vscode-cdn\.net$/u;
  expect([...workbench.outside].filter((origin) => !files.test(origin))).toEqual([]);
});
