import type { AlertInfo } from "./schema";

const RANK: Record<string, number> = { critical: 0, red: 1, amber: 2, notice: 3 };
const STATE: Record<string, number> = { raised: 0, acknowledged: 1, resolved: 2 };

/** Alerts that wait for somebody first, then the more severe, then the newest. */
export function sorted(alerts: readonly AlertInfo[]): AlertInfo[] {
  const order = (one: AlertInfo): [number, number, number] => [
    STATE[one.state] ?? 0,
    RANK[one.severity] ?? 0,
    -Date.parse(one.raised),
  ];
  return [...alerts].sort((one, other) => {
    const [a, b] = [order(one), order(other)];
    const at = a.findIndex((value, index) => value !== b[index]);
    return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
  });
}
