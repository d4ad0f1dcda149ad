import React from 'react';
import { locationService } from '@grafana/runtime';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { App } from '../App';
import { BOARD_SEARCH_URL } from '../api';
import boardSearchNone from '../testing/recorded/board-search-none.json';
import recordedGroups from '../testing/recorded/groups.json';
import groupsError from '../testing/recorded/groups-error.json';
import queries from '../testing/recorded/queries.json';
import { grafana, GROUPS_URL, ok, QUERY_URL } from '../testing/grafana';

/** Returns the table's rows from top to bottom, as the texts of their cells. */
function rows(): string[][] {
  const [, ...body] = screen.getAllByRole('row');
  return body.map((row) => within(row).getAllByRole('cell').map((cell) => cell.textContent));
}

const names = () => rows().map(([name]) => name);

async function shown() {
  render(<App />);
  await screen.findByRole('link', { name: 'lab' });
  await waitFor(() => expect(screen.queryByLabelText('loading')).not.toBeInTheDocument());
}

test('shows each group with its members, activity, hours and part of the hub', async () => {
  grafana();
  await shown();
  expect(rows()).toHaveLength(recordedGroups.groups.length);
  const lab = rows().find(([name]) => name === 'lab');
  expect(lab?.slice(0, 5)).toEqual(['lab', '13', '12', '13', '13']);
  for (const cell of lab?.slice(5) ?? []) {
    expect(cell).toMatch(/^[\d,]+\.\d\d+ %$/);
  }
  expect(screen.getByText(/59 users in 9 groups of demo/)).toBeInTheDocument();
});

test('a group that used nothing has 0, not nothing', async () => {
  grafana();
  await shown();
  expect(rows().find(([name]) => name === 'alumni')?.slice(5)).toEqual(['00 %', '00 %', '00 %']);
});

test('the busiest group is first; a heading sorts by its column, by keyboard, too', async () => {
  grafana();
  await shown();
  const hours = rows().map(([, , , , , cpu]) => parseFloat(cpu?.replace(',', '') ?? ''));
  expect(hours).toEqual([...hours].sort((a, b) => b - a));

  const heading = within(screen.getByRole('columnheader', { name: /Members/ })).getByRole('button');
  heading.focus();
  await userEvent.keyboard('{Enter}');
  expect(rows().map(([, members]) => Number(members))).toEqual([17, 17, 13, 5, 4, 4, 4, 4, 0]);
  expect(screen.getByRole('columnheader', { name: /Members/ })).toHaveAttribute('aria-sort', 'descending');
  await userEvent.keyboard('{Enter}');
  expect(rows().map(([, members]) => Number(members))).toEqual([0, 4, 4, 4, 4, 5, 13, 17, 17]);
});

test('search finds by a part of the name, whatever its case, and says when there is none', async () => {
  grafana();
  await shown();
  const search = screen.getByRole('textbox', { name: 'Search groups' });
  await userEvent.type(search, 'WORK');
  expect(names()).toEqual(['workshop']);
  await userEvent.type(search, '(');
  expect(screen.getByText('No group’s name has “WORK(” in it')).toBeInTheDocument();
});

test('a row leads to the group and to its board, with the range and the attribution', async () => {
  grafana({ at: '/a/groupscope-jupyterhub-app?from=now-30d&to=now&attribution=share' });
  await shown();
  expect(screen.getByRole('link', { name: 'reading group' })).toHaveAttribute(
    'href',
    '/a/groupscope-jupyterhub-app/group?name=reading+group&from=now-30d&to=now&attribution=share'
  );
  const board = screen.getByRole('link', { name: 'User groups board of reading group' });
  await waitFor(() =>
    expect(board).toHaveAttribute(
      'href',
      '/d/groupscope-user-groups?var-datasource=prometheus&var-hub=demo&var-group=reading+group&var-attribution=share&from=now-30d&to=now'
    )
  );
});

test.each([
  ['none was deployed', ok(boardSearchNone)],
  ['it is not known whether one was', { status: 500, body: { message: 'Internal server error' } }],
])('where %s, the row leads to the app’s own board', async (_, reply) => {
  const asked = grafana({ replies: { [BOARD_SEARCH_URL]: reply } });
  await shown();
  await waitFor(() => expect(asked.map(({ url }) => url)).toContain(BOARD_SEARCH_URL));
  expect(screen.getByRole('link', { name: 'User groups board of lab' }).getAttribute('href')).toMatch(
    /^\/d\/groupscope-app-user-groups\?var-datasource=prometheus&var-hub=demo&var-group=lab&/
  );
});

test('the attribution is in the URL and in what is asked', async () => {
  const asked = grafana();
  await shown();
  await userEvent.click(screen.getByRole('radio', { name: 'split' }));
  expect(locationService.getSearch().get('attribution')).toBe('share');
  await waitFor(() => {
    const exprs = asked.filter(({ url }) => url === QUERY_URL).map(({ data }) => data.queries[0].expr);
    expect(exprs.at(-1)).toContain('_share{');
  });
});

test('asks the chosen data source, and only Prometheus if none is chosen', async () => {
  const uids = (asked: ReturnType<typeof grafana>) =>
    asked.filter(({ url }) => url === QUERY_URL).map(({ data }) => data.queries[0].datasource.uid);
  const chosen = grafana({ settings: { datasourceUid: 'thanos' }, datasources: ['prometheus', 'thanos'] });
  await shown();
  expect(new Set(uids(chosen))).toEqual(new Set(['thanos']));
});

test('without a Prometheus it says so, and shows what it knows', async () => {
  const asked = grafana({ datasources: ['loki'] });
  await shown();
  expect(screen.getByText(/has no Prometheus data source/)).toBeInTheDocument();
  expect(rows().find(([name]) => name === 'lab')).toEqual(['lab', '13', '12', '13', '13', '–', '–', '–']);
  expect(asked.some(({ url }) => url === QUERY_URL)).toBe(false);
});

test('a query that is refused is told, the others are shown', async () => {
  const body = { results: { ...queries.overview.results, ...queries.refused.results } };
  grafana({
    replies: { [QUERY_URL]: ({ data }) => (data.queries[0].refId === 'since' ? ok(queries.since) : { status: 400, body }) },
  });
  await shown();
  expect(screen.getByText(/unclosed left parenthesis/)).toBeInTheDocument();
  const lab = rows().find(([name]) => name === 'lab');
  expect(lab?.[5]).toBe('–');
  expect(lab?.[6]).toMatch(/%$/);
});

test('a data source that is gone is told', async () => {
  grafana({ replies: { [QUERY_URL]: { status: 404, body: { message: 'Data source not found' } } } });
  await shown();
  expect(screen.getByText('Data source not found')).toBeInTheDocument();
});

test('says what the backend says when the hub cannot be reached, and where an admin mends it', async () => {
  grafana({ replies: { [GROUPS_URL]: { status: 503, body: groupsError } } });
  render(<App />);
  expect(await screen.findByText(groupsError.error)).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Open the configuration' })).toHaveAttribute(
    'href',
    '/plugins/groupscope-jupyterhub-app?page=configuration'
  );
});

test('sends others to an admin', async () => {
  grafana({ role: 'Viewer', replies: { [GROUPS_URL]: { status: 500, body: { message: 'An error occurred within the plugin' } } } });
  render(<App />);
  expect(await screen.findByText(/The backend of the app does not answer/)).toBeInTheDocument();
  expect(screen.getByText(/An admin of this Grafana/)).toBeInTheDocument();
  expect(screen.queryByRole('link', { name: 'Open the configuration' })).not.toBeInTheDocument();
});

test('says how old the memberships are when the hub went away', async () => {
  const old = { ...recordedGroups, age_seconds: 600, stale: true, error: groupsError.error };
  grafana({ replies: { [GROUPS_URL]: ok(old) } });
  await shown();
  expect(screen.getByText('Memberships are 10 min old')).toBeInTheDocument();
  expect(screen.getByText(groupsError.error)).toBeInTheDocument();
});

test('a hub without groups is told from one that was not read yet', async () => {
  grafana({ replies: { [GROUPS_URL]: ok({ ...recordedGroups, groups: [] }) } });
  const { unmount } = render(<App />);
  expect(await screen.findByText('demo has no groups')).toBeInTheDocument();
  unmount();
  grafana({ replies: { [GROUPS_URL]: ok({ ...recordedGroups, groups: [], refreshed: null, age_seconds: null }) } });
  render(<App />);
  expect(await screen.findByText('The hub has told no groups yet')).toBeInTheDocument();
});

test('refresh asks again and keeps what is shown', async () => {
  const asked = grafana();
  await shown();
  const before = asked.filter(({ url }) => url === GROUPS_URL).length;
  await userEvent.click(screen.getByRole('button', { name: 'Refresh' }));
  expect(screen.getByRole('link', { name: 'lab' })).toBeInTheDocument();
  await waitFor(() => expect(asked.filter(({ url }) => url === GROUPS_URL)).toHaveLength(before + 1));
});
