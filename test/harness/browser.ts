import { chromium, type Browser } from "playwright-core";
import { findChromium } from "../../scripts/lib/findChromium.mjs";

/** Starts the system's Chromium (or the one named by CHROMIUM) without a window and without calls home. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
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
