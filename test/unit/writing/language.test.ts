import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { detectLanguage, isRewritable } from "../../../src/writing/language";

// Thousands of texts go through; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

describe("isRewritable", () => {
  it.each([
    ["de", "Bitte melden Sie sich bis Freitag an."],
    ["fr", "La fonction renvoie null si la clé est absente."],
    ["es", "El servidor se reinició anoche y todo vuelve a funcionar."],
    ["it", "Si prega di iscriversi entro venerdì."],
    ["pt", "Por favor, inscreva-se até sexta-feira."],
    ["nl", "De functie geeft null terug als de sleutel ontbreekt."],
    ["pl", "Proszę zapisać się do piątku."],
    ["tr", "Sunucu dün gece yeniden başlatıldı ve her şey çalışıyor."],
    ["ru", "Пожалуйста, зарегистрируйтесь до пятницы."],
    ["ja", "金曜日までに登録してください。"],
    ["zh", "请在星期五之前注册。"],
    ["ko", "금요일까지 등록해 주세요."],
    ["ar", "يرجى التسجيل قبل يوم الجمعة."],
  ])("refuses %s for a model of English, and takes it for a model of its own", (language, text) => {
    expect(detectLanguage(text)).toEqual({ language, confident: true });
    expect(isRewritable(text, ["en"])).toBe(false);
    expect(isRewritable(text, ["en", language])).toBe(true);
  });

  it.each([
    "Ok.",
    "Doors open 9:30.",
    "No bus 7 tomorrow.",
    "`docs/`: docs; `examples/`: examples; `attic/`: regrets.",
    "Lenovo M10, app 3.9.",
    "Bonjour!",
    "The word 'Weltschmerz' has no English counterpart.",
    "Run `git rebase -i` at https://exemple.fr/page-de-garde and wait.",
    "",
  ])("takes %j, which is English or too short to tell", (text) => {
    expect(isRewritable(text, ["en"])).toBe(true);
  });

  it("takes every passage of the corpus and every sentence of it", () => {
    const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });
    const refused: string[] = [];
    for (const line of readFileSync("corpus/validation.jsonl", "utf8").trim().split("\n")) {
      const { source, rewrites } = JSON.parse(line) as { source: string; rewrites: object };
      for (const text of [source, ...(Object.values(rewrites) as string[])]) {
        const parts = [text, ...[...segmenter.segment(text)].map((part) => part.segment)];
        refused.push(...parts.filter((part) => !isRewritable(part, ["en"])));
      }
    }
    expect(refused).toEqual([]);
  });
});
