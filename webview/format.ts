import type { PanelStrings } from "../src/shared/panelStrings";

/** Puts `values` in for {0}, {1} and so on. */
export function fill(template: string, ...values: readonly (string | number)[]): string {
  return template.replace(/\{(\d+)\}/g, (hole, place: string) => {
    const value = values[Number(place)];
    return value === undefined ? hole : String(value);
  });
}

/** Numbers as the person's language writes them. */
export class NumberFormat {
  private readonly decimals: Intl.NumberFormat;
  private readonly percents: Intl.NumberFormat;
  private readonly signedDecimals: Intl.NumberFormat;
  private readonly signedPercents: Intl.NumberFormat;

  constructor(locale: string) {
    const language = supported(locale);
    this.decimals = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
    this.percents = new Intl.NumberFormat(language, { style: "percent" });
    this.signedDecimals = new Intl.NumberFormat(language, {
      minimumFractionDigits: 1,
      maximumFractionDigits: 2,
      signDisplay: "exceptZero",
    });
    this.signedPercents = new Intl.NumberFormat(language, {
      style: "percent",
      signDisplay: "exceptZero",
    });
  }

  decimal(value: number): string {
    return this.decimals.format(value);
  }

  /** 0.42 as "42 %". */
  percent(share: number): string {
    return this.percents.format(share);
  }

  signed(value: number): string {
    return this.signedDecimals.format(value);
  }

  /** 0.1 as "+10 %". */
  signedPercent(share: number): string {
    return this.signedPercents.format(share);
  }
}

/** What a screen reader says of a weight: "promote, 0.6", "suppress, 0.4" or "off". */
export function weightText(weight: number, strings: PanelStrings, numbers: NumberFormat): string {
  if (weight === 0) return strings.off;
  const template = weight > 0 ? strings.valuePromote : strings.valueSuppress;
  return fill(template, numbers.decimal(Math.abs(weight)));
}

/** Layer numbers as typed ("12, 16 20"): sorted, each once; undefined unless all are in `allowed`. */
export function parseSites(typed: string, allowed: readonly number[]): number[] | undefined {
  const words = typed.split(/[\s,;]+/).filter((word) => word !== "");
  const sites = words.map((word) => (/^\d+$/.test(word) ? Number(word) : Number.NaN));
  if (sites.length === 0 || !sites.every((site) => allowed.includes(site))) return undefined;
  return [...new Set(sites)].sort((a, b) => a - b);
}

/** An unknown or empty locale must not take the page down. */
function supported(locale: string): string | undefined {
  try {
    return Intl.NumberFormat.supportedLocalesOf([locale])[0];
  } catch {
    return undefined;
  }
}
