import fs from "node:fs";
import { chromium, type Browser } from "playwright-core";

const usual = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** Starts the system's Chromium (or the one named by CHROMIUM) without a window and without calls home. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? usual.find((file) => fs.existsSync(file));
  if (!executablePath) {
    throw new Error("Chromium was not found. Install it, or name its file in CHROMIUM.");
  }
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-quic",
      "--no-first-run",
    ],
  });
}
