export interface TonePanelPage {
  /** Fresh for each page; only scripts that carry it run. */
  readonly nonce: string;
  /** Another one, for the style element that the component library makes; scripts may read it. */
  readonly styleNonce: string;
  /** Addresses as the webview knows them. */
  readonly script: string;
  readonly style: string;
  /** The webview's own source, for the policy. */
  readonly source: string;
  /** Of the editor's interface, such as "de" or "pt-br". */
  readonly language: string;
  readonly title: string;
  /** Shown until the page's script has heard from the host. */
  readonly loading: string;
}

const rightToLeft = new Set(["ar", "dv", "fa", "he", "ps", "ug", "ur", "yi"]);

/** The panel's document. Its policy lets it load its one script and style sheet and nothing else. */
export function tonePanelPage(page: TonePanelPage): string {
  const direction = rightToLeft.has(page.language.split("-")[0]!) ? "rtl" : "ltr";
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${page.nonce}'`,
    `style-src ${page.source} 'nonce-${page.styleNonce}'`,
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${escape(page.language)}" dir="${direction}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escape(policy)}">
<meta property="csp-nonce" content="${page.styleNonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${escape(page.style)}">
<title>${escape(page.title)}</title>
</head>
<body>
<main class="panel"><p>${escape(page.loading)}</p></main>
<script nonce="${page.nonce}" src="${escape(page.script)}"></script>
</body>
</html>
`;
}

function escape(text: string): string {
  return text
    .replace(/&/gu, "&amp;")
    .replace(/</gu, "&lt;")
    .replace(/>/gu, "&gt;")
    .replace(/"/gu, "&quot;");
}
