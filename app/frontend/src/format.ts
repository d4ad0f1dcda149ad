import { dateTimeFormat, dateTimeFormatTimeAgo } from '@grafana/data';

export const UNKNOWN = '–';

const oneDecimal = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Returns hours, as `1,234.5`; 0 is `0`, so that it is told from a little; unknown is a dash. */
export function hours(value: number | undefined): string {
  if (value === undefined) {
    return UNKNOWN;
  }
  return value === 0 ? '0' : value < 0.05 ? '< 0.1' : oneDecimal.format(value);
}

export const count = (value: number | null | undefined) => (value == null ? UNKNOWN : whole.format(value));

/** Returns a part of a whole in per cent; nothing where there is no whole. */
export function percent(part: number | undefined, of: number | undefined): string | undefined {
  if (part === undefined || of === undefined || of <= 0) {
    return undefined;
  }
  const share = (100 * part) / of;
  return share > 0 && share < 0.5 ? '< 1 %' : `${whole.format(share)} %`;
}

/** Returns how long ago, from seconds: `40 s`, `3 min`, `2 h`, `5 d`. */
export function age(seconds: number): string {
  for (const [unit, size] of UNITS) {
    if (seconds >= 2 * size || unit === 's') {
      return `${Math.round(seconds / size)} ${unit}`;
    }
  }
  return UNKNOWN;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** Returns a time as people say it (`3 days ago`), and exactly. */
export function moment(rfc3339: string | null): { ago: string; exact: string } {
  return rfc3339 === null
    ? { ago: 'never', exact: 'never' }
    : { ago: dateTimeFormatTimeAgo(rfc3339), exact: dateTimeFormat(rfc3339) };
}
