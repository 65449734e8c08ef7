/** How a number reads in tables, on pages and in the terminal: four significant digits, powers of ten at the far ends. */

export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "failed";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 1e-3 || size >= 1e6) return value.toExponential(2).replace("e+", "e");
  const decimals = 3 - Math.floor(Math.log10(size));
  return value.toFixed(Math.max(0, Math.min(decimals, 4)));
}

/** A part of one as a percentage. */
export function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

/** Options as "key value" pairs. */
export function settingsText(settings: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(settings).map(([key, value]) => `${key} ${valueText(value)}`);
  return pairs.length > 0 ? pairs.join(", ") : "defaults";
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  return typeof value === "object" && value !== null ? `{${settingsText({ ...value })}}` : String(value);
}
