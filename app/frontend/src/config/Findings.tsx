import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Icon, useStyles2, type IconName } from '@grafana/ui';
import type { Finding, Health } from '../api';

const LEVELS: Record<Finding['level'], { icon: IconName; name: string }> = {
  ok: { icon: 'check-circle', name: 'Well' },
  warn: { icon: 'exclamation-triangle', name: 'Warning' },
  error: { icon: 'times-circle', name: 'Error' },
};

/** What the backend found when it tried its settings, line by line. */
export function Findings({ health }: { health: Health }) {
  const styles = useStyles2(getStyles);
  const warned = health.findings.some(({ level }) => level === 'warn');
  const severity = health.ok ? (warned ? 'warning' : 'success') : 'error';
  return (
    <Alert title={health.message} severity={severity}>
      {health.findings.length > 0 && (
        <ul className={styles.list}>
          {health.findings.map(({ level, text }) => (
            <li key={text} className={styles.line}>
              <Icon name={LEVELS[level].icon} title={LEVELS[level].name} className={styles[level]} />
              <span>{text}</span>
            </li>
          ))}
        </ul>
      )}
    </Alert>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ listStyle: 'none', margin: 0 }),
  line: css({ display: 'flex', gap: theme.spacing(1), alignItems: 'baseline', padding: theme.spacing(0.25, 0) }),
  ok: css({ color: theme.colors.success.text, alignSelf: 'center', flexShrink: 0 }),
  warn: css({ color: theme.colors.warning.text, alignSelf: 'center', flexShrink: 0 }),
  error: css({ color: theme.colors.error.text, alignSelf: 'center', flexShrink: 0 }),
});
