import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';

/** Under this width, in pixels, a page is a phone's. */
export const PHONE = 600;

export const pageStyles = (theme: GrafanaTheme2) => ({
  bar: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1, 2),
    marginBottom: theme.spacing(2),
  }),
  search: css({ flex: '1 1 220px', maxWidth: 420 }),
  labeled: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1), color: theme.colors.text.secondary }),
  link: css({ color: theme.colors.text.link, '&:hover': { textDecoration: 'underline' } }),
  faint: css({ color: theme.colors.text.secondary }),
  // A table that is wider than its page is moved within it; the page itself never is.
  scroll: css({
    overflowX: 'auto',
    'td, th': { whiteSpace: 'nowrap' },
    // What a row is of stays in sight.
    'td:first-of-type, th:first-of-type': { position: 'sticky', left: 0, background: theme.colors.background.primary },
  }),
  number: css({ fontVariantNumeric: 'tabular-nums' }),
  heading: css({ margin: theme.spacing(3, 0, 2), fontSize: theme.typography.h4.fontSize }),
});
