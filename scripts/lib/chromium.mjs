import fs from "node:fs";
import { findChromium } from "./findChromium.mjs";
import { run } from "./run.mjs";

/** Finds Chromium, or installs it where that can be done without asking; else says what to do. */
export async function installChromium() {
  if (findChromium()) return;
  if (process.getuid?.() === 0 && fs.existsSync("/usr/bin/apt-get")) {
    console.log("Installing Chromium ...");
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update"], { env, quiet: true });
    const wanted = ["chromium", "fonts-dejavu-core"];
    const { output } = await run(
      "apt-get",
      ["install", "-y", "--no-install-recommends", ...wanted],
      { env, quiet: true },
    );
    if (findChromium()) return;
    console.log(output);
  }
  console.log(
    "The tests in the editor need Chromium: install it with your system's package manager, or name its file in CHROMIUM.",
  );
}
