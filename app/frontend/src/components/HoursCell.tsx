import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { hours, percent } from '../format';

interface Props {
  value: number | undefined;
  /** What the whole hub used, for the part that this is of it. */
  ofHub?: number;
  loading: boolean;
}

/** Hours, the part of the hub's that they are, and that part as a bar. */
export function HoursCell({ value, ofHub, loading }: Props) {
  const styles = useStyles2(getStyles);
  if (loading && value === undefined) {
    return <span aria-label="loading">…</span>;
  }
  const share = percent(value, ofHub);
  return (
    <div className={styles.cell}>
      <span>{hours(value)}</span>
      {share !== undefined && (
        <span className={styles.share} title={`${share} of the hub’s`}>
          {share}
        </span>
      )}
      {share !== undefined && (
        <div className={styles.track} aria-hidden>
          <div className={styles.bar} style={{ width: `${Math.min(100, (100 * (value ?? 0)) / (ofHub ?? 1))}%` }} />
        </div>
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  cell: css({
    display: 'grid',
    gridTemplateColumns: '1fr auto',
    columnGap: theme.spacing(1),
    alignItems: 'baseline',
    minWidth: 84,
    fontVariantNumeric: 'tabular-nums',
  }),
  share: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  track: css({
    gridColumn: '1 / -1',
    height: 3,
    borderRadius: 2,
    background: theme.colors.background.secondary,
  }),
  bar: css({ height: '100%', borderRadius: 2, background: theme.colors.primary.main }),
});
