import fs from "node:fs";

const usual = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The browser the editor is tested in; CHROMIUM names another file. */
export const findChromium = () => process.env.CHROMIUM ?? usual.find((file) => fs.existsSync(file));
